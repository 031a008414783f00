with

contagens as (

    select * from {{ ref('int_vendas__vso_contagens') }}

),

empreendimentos as (

    select * from {{ ref('int_vendas__empreendimentos_conhecidos') }}

),

-- Every month of the project, and of all projects together.
grouped as (

    select
        mes,
        ano,
        fl_24m,
        empreendimento_id,
        {{ vso_sums() }}
    from contagens
    group by 1, 2, 3, 4
    union all
    select
        mes,
        ano,
        fl_24m,
        null as empreendimento_id,
        {{ vso_sums() }}
    from contagens
    group by 1, 2, 3

),

with_year as (

    select
        *,
        sum(qt_bruta - qt_distrato) over ultimos_12m as qt_liquida_12m,
        first_value(qt_estoque) over ultimos_12m as qt_estoque_12m,
        sum(qt_lancamento) over ultimos_12m as qt_lancamento_12m
    from grouped
    window ultimos_12m as (
        partition by empreendimento_id
        order by mes
        rows between 11 preceding and current row
    )

),

valued as (

    select
        *,
        {{ money_of('qt_bruta', 'vl_bruto') }} as valor_bruto,
        {{ money_of('qt_distrato', 'vl_distrato') }} as valor_distratos,
        {{ money_of('qt_estoque', 'vl_estoque') }} as valor_estoque_inicial,
        {{ money_of('qt_lancamento', 'vl_lancamento') }} as valor_lancamentos,
        {{ money_of('qt_vigente', 'vl_vigente') }} as vso_valor
    from with_year

),

final as (

    select
        valued.mes,
        valued.ano,
        valued.empreendimento_id,
        case
            when valued.empreendimento_id is null then 'Total'
            when valued.empreendimento_id = 0 then 'Sem Empreendimento'
            else coalesce(
                    empreendimentos.empreendimento,
                    'Empreendimento '
                    || cast(valued.empreendimento_id as {{ dbt.type_string() }})
                )
        end as empreendimento,
        valued.qt_bruta as vendas_brutas,
        valued.qt_distrato as distratos,
        valued.qt_bruta - valued.qt_distrato as vendas_liquidas,
        valued.qt_estoque as estoque_inicial,
        valued.qt_lancamento as lancamentos,
        {{ percentage(
            'valued.qt_bruta - valued.qt_distrato',
            'valued.qt_estoque + valued.qt_lancamento'
        ) }} as pc_vso,
        {{ percentage(
            'valued.qt_bruta', 'valued.qt_estoque + valued.qt_lancamento'
        ) }} as pc_vso_bruto,
        -- A unit without a price counts nothing in the value of the offer.
        {{ percentage(
            'valued.valor_bruto - valued.valor_distratos',
            'coalesce(valued.valor_estoque_inicial, 0)'
            ~ ' + coalesce(valued.valor_lancamentos, 0)'
        ) }} as pc_vso_valor,
        {{ percentage(
            'valued.qt_liquida_12m',
            'valued.qt_estoque_12m + valued.qt_lancamento_12m'
        ) }} as pc_vso_12m,
        valued.valor_bruto,
        valued.valor_distratos,
        valued.valor_estoque_inicial,
        valued.valor_lancamentos,
        valued.vso_valor,
        cast(
            valued.vl_com_valor / nullif(valued.qt_com_valor, 0)
            as numeric(18, 2)
        ) as vso_ticket_medio
    from valued
    left join empreendimentos
        on valued.empreendimento_id = empreendimentos.empreendimento_id
    where valued.fl_24m

)

select * from final
