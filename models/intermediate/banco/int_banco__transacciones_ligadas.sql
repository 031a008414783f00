{{ config(materialized='view') }}

with

validas as (

    select * from {{ ref('int_banco__transacciones_validas') }}

),

pendentes as (

    select * from {{ ref('int_banco__transacciones_pendentes') }}

),

final as (

    select validas.*
    from validas
    where {{ is_not_among('pendentes', 'validas') }}

)

select * from final
