{{ config(materialized='view') }}

with

final as (

    select * from {{ ref('int_controladoria__bonus_conferidos') }}
    where codigo is null

)

select * from final
