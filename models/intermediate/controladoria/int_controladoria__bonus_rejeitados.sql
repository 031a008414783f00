{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(
            'carregado_em > ' ~ curated_until('divergencias')
        ) }}",
    )
}}

-- Lines that are out. An invoice that comes again in its file has several
-- lines: none of them is a duplicate.

with

bonus as (

    select * from {{ ref('int_controladoria__bonus_conferidos') }}
    where carregado_em > {{ curated_until('divergencias') }}

),

final as (

    select
        arquivo_id,
        nr_linha,
        idnfsexterno,
        codigo,
        carregado_em
    from bonus
    where codigo is not null

)

select * from final
