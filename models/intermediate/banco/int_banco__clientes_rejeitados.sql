{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(
            'carregado_em > ' ~ curated_until('cliente_360')
        ) }}",
    )
}}

-- Lines that are out by themselves or by another line of their file.

with

{{ rejected_lines(
    ref('int_banco__clientes_conferidos'),
    'cliente_id',
    curated_until('cliente_360')
) }},

final as (

    select * from verdicts
    where codigo is not null

)

select * from final
