with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

agencias as (

    select * from {{ ref('dim_agencia') }}

),

final as (

    select
        contratos.agencia_id,
        agencias.agencia_nome,
        {{ carteira_totals() }}
    from contratos
    left join agencias
        on contratos.agencia_id = agencias.agencia_id
    group by 1, 2

)

select * from final
