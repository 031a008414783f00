{%- set typed = {
    'data_emissao': br_date('data_emissao'),
    'data_vencimento': br_date('data_vencimento'),
    'valor_fatura': br_numeric('valor_fatura', '_marca_decimal'),
    'valor_pagamento_minimo':
        br_numeric('valor_pagamento_minimo', '_marca_decimal'),
    'limite_credito': br_numeric('limite_credito', '_marca_decimal'),
} -%}

-- A file's lines are in raw once all of them are: no need to ask for its load.

with

source as (

    select
        *,
        {{ raw_line('linhas') }} as conteudo
    from {{ source('raw_cartoes', 'faturas') }} as linhas

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
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

        ---------- what did not become its type
        {{ filled_count(typed) }} as qt_preenchida,
        {{ untyped_columns(typed) }} as colunas_invalidas,

        ---------- timestamps
        _carregado_em as carregado_em

    from source

)

select * from renamed
