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
    where
        not exists (
            select 1
            from pendentes
            where
                pendentes.arquivo_id = validos.arquivo_id
                and pendentes.nr_linha = validos.nr_linha
        )

)

select * from final
