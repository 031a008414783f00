{{ config(materialized='view') }}

with

pagamentos as (

    select * from {{ ref('int_cartoes__pagamentos_conferidos') }}

),

rejeitados as (

    select * from {{ ref('int_cartoes__pagamentos_rejeitados') }}

),

final as (

    select pagamentos.*
    from pagamentos
    where
        not exists (
            select 1
            from rejeitados
            where
                rejeitados.arquivo_id = pagamentos.arquivo_id
                and rejeitados.nr_linha = pagamentos.nr_linha
        )

)

select * from final
