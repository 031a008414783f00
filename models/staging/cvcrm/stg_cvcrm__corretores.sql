with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'corretores')) }}

),

renamed as (

    select
        ---------- ids
        idcorretor as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('nome') }} as nome,
        {{ cvdw_text('apelido') }} as apelido,
        {{ cvdw_text('documento') }} as documento,
        {{ cvdw_text('email') }} as email,
        {{ cvdw_text('telefone') }} as telefone,
        {{ cvdw_text('celular') }} as celular,
        {{ cvdw_text('categoria') }} as categoria,
        {{ cvdw_text('nivel') }} as nivel,
        {{ cvdw_text('classificacao') }} as classificacao,
        {{ cvdw_text('creci') }} as creci,
        {{ cvdw_text('situacao_creci') }} as situacao_creci,

        ---------- booleans
        {{ cvdw_boolean('ativo_login') }} as fl_login_ativo,

        ---------- dates
        {{ cvdw_date('data_nasc') }} as dt_nascimento,
        {{ cvdw_date('data_cad') }} as dt_cadastro,
        {{ cvdw_date('data_ult_hist') }} as dt_ultimo_historico,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'ativo_login': 'boolean',
            'data_nasc': 'date',
            'data_cad': 'date',
            'data_ult_hist': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
