{%- set typed = {
    'data_emissao': br_date('data_emissao'),
    'data_vencimento': br_date('data_vencimento'),
    'valor_fatura': br_numeric('valor_fatura', 'marca_decimal'),
    'valor_pagamento_minimo':
        br_numeric('valor_pagamento_minimo', 'marca_decimal'),
    'limite_credito': br_numeric('limite_credito', 'marca_decimal'),
} -%}

with

source as (

    select * from {{ source('raw_cartoes', 'faturas') }}

),

arquivos as (

    select * from {{ ref('stg_cartoes__arquivos') }}
    where entidade = 'faturas'

),

complete as (

    select
        source.*,
        arquivos.arquivo_id,
        arquivos.marca_decimal,
        arquivos.mes_arquivo,
        {{ raw_line('source') }} as conteudo
    from source
    inner join arquivos
        on source._arquivo_sha256 = arquivos.arquivo_sha256

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        arquivo_id,
        {{ clean_text('id_fatura') }} as id_fatura,
        {{ clean_text('id_cliente') }} as id_cliente,

        ---------- strings
        _arquivo as arquivo,
        {{ clean_text('bandeira') }} as bandeira,
        {{ clean_text('status_fatura') }} as status_fatura,
        {{ clean_text('moeda') }} as moeda,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics
        _linha as nr_linha,
        {{ typed['valor_fatura'] }} as vl_fatura,
        {{ typed['valor_pagamento_minimo'] }} as vl_pagamento_minimo,
        {{ typed['limite_credito'] }} as vl_limite_credito,

        ---------- dates
        {{ typed['data_emissao'] }} as dt_emissao,
        {{ typed['data_vencimento'] }} as dt_vencimento,
        mes_arquivo,

        ---------- what did not become its type
        {{ filled_count(typed) }} as qt_preenchida,
        {{ untyped_columns(typed) }} as colunas_invalidas,

        ---------- timestamps
        _carregado_em as carregado_em

    from complete

)

select * from renamed
