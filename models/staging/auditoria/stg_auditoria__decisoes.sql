{{ config(materialized='live_view') }}

with

source as (

    {{ audit_relation('vw_regras_decisoes', {
        'regra': 'text',
        'qt_aprovada': 'bigint',
        'qt_rejeitada': 'bigint',
        'qt_revertida': 'bigint',
    }) }}

),

renamed as (

    select
        ---------- ids
        regra,

        ---------- numerics
        qt_aprovada,
        qt_rejeitada,
        qt_revertida

    from source

)

select * from renamed
