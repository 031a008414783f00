{{ config(materialized='view') }}

with

validos as (

    select * from {{ ref('int_cartoes__pagamentos_validos') }}

),

pendentes as (

    select * from {{ ref('int_cartoes__pagamentos_pendentes') }}

),

final as (

    select validos.*
    from validos
    where {{ is_not_among('pendentes', 'validos') }}

)

select * from final
