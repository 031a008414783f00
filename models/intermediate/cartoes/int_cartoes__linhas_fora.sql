{{ config(materialized='view') }}

-- Every line that is not curated though nothing newer took its place.

with

final as (

    select
        'faturas' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_cartoes__faturas_rejeitadas') }}

    union all

    select
        'pagamentos' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_cartoes__pagamentos_rejeitados') }}

    union all

    select
        'pagamentos' as entidade,
        arquivo_id,
        nr_linha,
        codigo
    from {{ ref('int_cartoes__pagamentos_pendentes') }}

)

select * from final
