{{ config(materialized='view') }}

-- Every line that is not curated though nothing newer took its place.

with

final as (

    select
        'bonus' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_controladoria__bonus_rejeitados') }}

)

select * from final
