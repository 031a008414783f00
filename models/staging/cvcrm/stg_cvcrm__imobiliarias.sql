with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'imobiliarias')) }}

),

renamed as (

    select
        ---------- ids
        idimobiliaria as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('nome') }} as nome,
        {{ cvdw_text('razao_social') }} as razao_social,
        {{ cvdw_text('cnpj') }} as cnpj,
        {{ cvdw_text('sigla') }} as sigla,
        {{ cvdw_text('creci') }} as creci,
        {{ cvdw_text('email') }} as email,
        {{ cvdw_text('telefone') }} as telefone,

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
