{{ config(materialized='view') }}

-- Every line that is not curated though nothing newer took its place.

with

final as (

    select
        'clientes' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_banco__clientes_rejeitados') }}

    union all

    select
        'transacciones' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_banco__transacciones_rejeitadas') }}

    union all

    select
        'transacciones' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_banco__transacciones_pendentes') }}

)

select * from final
