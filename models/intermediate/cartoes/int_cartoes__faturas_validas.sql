{{ config(materialized='view') }}

with

faturas as (

    select * from {{ ref('int_cartoes__faturas_conferidas') }}

),

rejeitadas as (

    select * from {{ ref('int_cartoes__faturas_rejeitadas') }}

),

final as (

    select faturas.*
    from faturas
    where {{ is_not_among('rejeitadas', 'faturas') }}

)

select * from final
