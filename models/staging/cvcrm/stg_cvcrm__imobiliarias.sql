with

source as (

    {{ html_decoded(source('raw_cvcrm', 'imobiliarias')) }}

),

renamed as (

    select
        ---------- ids
        idimobiliaria as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ clean_text('nome') }} as nome,
        {{ clean_text('razao_social') }} as razao_social,
        {{ clean_text('cnpj') }} as cnpj,
        {{ clean_text('sigla') }} as sigla,
        {{ clean_text('creci') }} as creci,
        {{ clean_text('email') }} as email,
        {{ clean_text('telefone') }} as telefone,

        ---------- dates
        {{ cvdw_date('data_cad') }} as dt_cadastro,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_cad': 'date',
            'data_modificacao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('data_modificacao') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
