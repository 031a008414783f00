with

source as (

    {{ html_decoded(source('raw_cvcrm', 'corretores')) }}

),

renamed as (

    select
        ---------- ids
        idcorretor as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('nome') }} as nome,
        {{ clean_text('apelido') }} as apelido,
        {{ clean_text('documento') }} as documento,
        {{ clean_text('email') }} as email,
        {{ clean_text('telefone') }} as telefone,
        {{ clean_text('celular') }} as celular,
        {{ clean_text('categoria') }} as categoria,
        {{ clean_text('nivel') }} as nivel,
        {{ clean_text('classificacao') }} as classificacao,
        {{ clean_text('creci') }} as creci,
        {{ clean_text('situacao_creci') }} as situacao_creci,

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
