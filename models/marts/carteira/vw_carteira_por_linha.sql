with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

linhas as (

    select * from {{ ref('dim_linha') }}

),

final as (

    select
        contratos.linha_id,
        linhas.linha,
        linhas.categoria,
        {{ carteira_totals() }}
    from contratos
    left join linhas
        on contratos.linha_id = linhas.linha_id
    group by 1, 2, 3

)

select * from final
