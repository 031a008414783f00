{{ config(materialized='view') }}

with

clientes as (

    select * from {{ ref('int_banco__clientes_conferidos') }}

),

rejeitadas as (

    select * from {{ ref('int_banco__clientes_rejeitados') }}

),

final as (

    select clientes.*
    from clientes
    where {{ is_not_among('rejeitadas', 'clientes') }}

)

select * from final
