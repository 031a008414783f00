{{ config(materialized='view') }}

with

transacciones as (

    select * from {{ ref('int_banco__transacciones_conferidas') }}

),

rejeitadas as (

    select * from {{ ref('int_banco__transacciones_rejeitadas') }}

),

final as (

    select transacciones.*
    from transacciones
    where {{ is_not_among('rejeitadas', 'transacciones') }}

)

select * from final
