{{ config(materialized='restricted') }}

with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

final as (

    select
        cliente_id,
        cliente_nome,
        data_operacao
    from contratos
    where data_operacao is not null
    order by data_operacao desc, num_contrato desc
    limit 10

)

select * from final
