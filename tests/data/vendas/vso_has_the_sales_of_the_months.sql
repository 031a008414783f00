-- The value that stays from the old system is that of the monthly view, and the
-- row of all projects is the sum of theirs.

{{ config(
    store_failures=true,
    meta={'dagster': {'ref': {'name': 'vw_vso_mensal'}}},
) }}

with

total as (

    select * from {{ ref('vw_vso_mensal') }}
    where empreendimento_id is null

),

partes as (

    select
        mes,
        sum(vendas_liquidas) as vendas_liquidas,
        sum(estoque_inicial) as estoque_inicial,
        sum(lancamentos) as lancamentos
    from {{ ref('vw_vso_mensal') }}
    where empreendimento_id is not null
    group by 1

),

mensais as (

    select * from {{ ref('vw_vendas_mensais') }}

),

final as (

    select
        mensais.mes,
        mensais.valor_total,
        total.vso_valor,
        total.vendas_liquidas,
        partes.vendas_liquidas as vendas_liquidas_partes,
        total.estoque_inicial,
        partes.estoque_inicial as estoque_inicial_partes
    from mensais
    left join total
        on mensais.mes = total.mes
    left join partes
        on mensais.mes = partes.mes

)

select * from final
where
    coalesce(valor_total, 0) != coalesce(vso_valor, 0)
    or vendas_liquidas != vendas_liquidas_partes
    or estoque_inicial != estoque_inicial_partes
