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
    where
        not exists (
            select 1
            from rejeitadas
            where
                rejeitadas.arquivo_id = faturas.arquivo_id
                and rejeitadas.nr_linha = faturas.nr_linha
        )

)

select * from final
