-- The same sales stand behind every view: none lost, none twice.

{{ config(
    store_failures=true,
    meta={'dagster': {'ref': {'name': 'vw_vendas_mensais'}}},
) }}

with

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

vendas as (

    select
        vendas.*,
        vendas.data_venda > base.dt_antes_12m as fl_12m
    from {{ ref('vendas') }} as vendas
    cross join base
    where
        vendas.fl_venda
        and vendas.data_venda >= base.dt_inicio_24m

),

counted as (

    select
        '24 meses' as periodo,
        'vendas' as origem,
        count(*) as quantidade,
        sum(valor) as valor
    from vendas
    union all
    select
        '24 meses' as periodo,
        'vw_vendas_mensais' as origem,
        sum(quantidade_vendas) as quantidade,
        sum(valor_total) as valor
    from {{ ref('vw_vendas_mensais') }}
    union all
    select
        '24 meses' as periodo,
        'vw_tabela_geral_vendas' as origem,
        count(*) as quantidade,
        sum(valor) as valor
    from {{ ref('vw_tabela_geral_vendas') }}
    union all
    select
        '24 meses' as periodo,
        'vw_prosoluto_analise' as origem,
        sum(quantidade_vendas) as quantidade,
        sum(valor_total) as valor
    from {{ ref('vw_prosoluto_analise') }}
    union all
    select
        '12 meses' as periodo,
        'vendas' as origem,
        count(*) as quantidade,
        sum(valor) as valor
    from vendas
    where fl_12m
    union all
    select
        '12 meses' as periodo,
        'vw_vendas_por_empreendimento' as origem,
        sum(quantidade_vendas) as quantidade,
        sum(valor_total) as valor
    from {{ ref('vw_vendas_por_empreendimento') }}
    union all
    select
        '12 meses' as periodo,
        'vw_vendas_por_corretor' as origem,
        sum(quantidade_vendas) as quantidade,
        sum(valor_total) as valor
    from {{ ref('vw_vendas_por_corretor') }}
    union all
    select
        '12 meses' as periodo,
        'vw_vendas_por_time' as origem,
        sum(quantidade_vendas) as quantidade,
        sum(valor_total) as valor
    from {{ ref('vw_vendas_por_time') }}

),

final as (

    select
        visoes.periodo,
        visoes.origem,
        coalesce(visoes.quantidade, 0) as quantidade,
        coalesce(visoes.valor, 0) as valor,
        tabela.quantidade as quantidade_vendas,
        coalesce(tabela.valor, 0) as valor_vendas
    from counted as visoes
    inner join counted as tabela
        on
            visoes.periodo = tabela.periodo
            and tabela.origem = 'vendas'

)

select * from final
where
    quantidade != quantidade_vendas
    or valor != valor_vendas
