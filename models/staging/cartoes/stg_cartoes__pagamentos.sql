{%- set typed = {
    'data_pagamento': br_date('data_pagamento'),
    'valor_pagamento': br_numeric('valor_pagamento', '_marca_decimal'),
} -%}

-- A file's lines are in raw once all of them are: no need to ask for its load.

with

source as (

    select
        *,
        {{ raw_line('linhas') }} as conteudo
    from {{ source('raw_cartoes', 'pagamentos') }} as linhas

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ clean_text('id_pagamento') }} as id_pagamento,
        {{ clean_text('id_fatura') }} as id_fatura,
        {{ clean_text('id_cliente') }} as id_cliente,

        ---------- strings
        _arquivo as arquivo,
        {{ clean_text('canal_pagamento') }} as canal_pagamento,
        {{ clean_text('tipo_pagamento') }} as tipo_pagamento,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics
        _linha as nr_linha,
        {{ typed['valor_pagamento'] }} as vl_pagamento,

        ---------- dates
        {{ typed['data_pagamento'] }} as dt_pagamento,

        ---------- what did not become its type
        {{ filled_count(typed) }} as qt_preenchida,
        {{ untyped_columns(typed) }} as colunas_invalidas,

        ---------- timestamps
        _carregado_em as carregado_em

    from source

)

select * from renamed
