with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

escala as (

    select * from {{ ref('risco_escala') }}

),

final as (

    select
        contratos.risco_atual,
        escala.nr_ordem,
        {{ carteira_totals() }}
    from contratos
    left join escala
        on contratos.risco_atual = escala.risco
    group by 1, 2

)

select * from final
