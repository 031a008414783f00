{%- set typed = {
    'data_pagamento': br_date('data_pagamento'),
    'valor_pagamento': br_numeric('valor_pagamento', 'marca_decimal'),
} -%}

with

source as (

    select * from {{ source('raw_cartoes', 'pagamentos') }}

),

arquivos as (

    select * from {{ ref('stg_cartoes__arquivos') }}
    where entidade = 'pagamentos'

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
        mes_arquivo,

        ---------- what did not become its type
        {{ filled_count(typed) }} as qt_preenchida,
        {{ untyped_columns(typed) }} as colunas_invalidas,

        ---------- timestamps
        _carregado_em as carregado_em

    from complete

)

select * from renamed
