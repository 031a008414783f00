{{ config(materialized='view') }}

with

pagamentos as (

    select * from {{ ref('int_cartoes__pagamentos_conferidos') }}

),

rejeitados as (

    select * from {{ ref('int_cartoes__pagamentos_rejeitados') }}

),

final as (

    select pagamentos.*
    from pagamentos
    where {{ is_not_among('rejeitados', 'pagamentos') }}

)

select * from final
