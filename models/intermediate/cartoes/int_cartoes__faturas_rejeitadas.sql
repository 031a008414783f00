{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental('carregado_em > ' ~ curated_until('cartoes')) }}",
    )
}}

-- Lines that are out by themselves or by another line of their file.

with

{{ rejected_lines(
    ref('int_cartoes__faturas_conferidas'),
    'id_fatura',
    curated_until('cartoes'),
    'linhas.dt_vencimento < linhas.dt_emissao'
) }},

final as (

    select * from verdicts
    where codigo is not null

)

select * from final
