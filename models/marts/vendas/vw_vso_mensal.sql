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

final as (

    select
        with_year.mes,
        with_year.ano,
        with_year.empreendimento_id,
        case
            when with_year.empreendimento_id is null then 'Total'
            when with_year.empreendimento_id = 0 then 'Sem Empreendimento'
            else coalesce(
                    empreendimentos.empreendimento,
                    'Empreendimento '
                    || cast(
                        with_year.empreendimento_id as {{ dbt.type_string() }}
                    )
                )
        end as empreendimento,
        with_year.qt_bruta as vendas_brutas,
        with_year.qt_distrato as distratos,
        with_year.qt_bruta - with_year.qt_distrato as vendas_liquidas,
        with_year.qt_estoque as estoque_inicial,
        with_year.qt_lancamento as lancamentos,
        {{ percentage(
            'with_year.qt_bruta - with_year.qt_distrato',
            'with_year.qt_estoque + with_year.qt_lancamento'
        ) }} as pc_vso,
        {{ percentage(
            'with_year.qt_bruta',
            'with_year.qt_estoque + with_year.qt_lancamento'
        ) }} as pc_vso_bruto,
        {{ percentage(
            'with_year.vl_bruto - with_year.vl_distrato',
            'with_year.vl_estoque + with_year.vl_lancamento'
        ) }} as pc_vso_valor,
        {{ percentage(
            'with_year.qt_liquida_12m',
            'with_year.qt_estoque_12m + with_year.qt_lancamento_12m'
        ) }} as pc_vso_12m,
        cast(with_year.vl_bruto as numeric(18, 2)) as valor_bruto,
        cast(with_year.vl_distrato as numeric(18, 2)) as valor_distratos,
        cast(with_year.vl_estoque as numeric(18, 2)) as valor_estoque_inicial,
        cast(with_year.vl_lancamento as numeric(18, 2)) as valor_lancamentos,
        cast(with_year.vl_vigente as numeric(18, 2)) as vso_valor,
        cast(
            with_year.vl_com_valor / nullif(with_year.qt_com_valor, 0)
            as numeric(18, 2)
        ) as vso_ticket_medio
    from with_year
    left join empreendimentos
        on with_year.empreendimento_id = empreendimentos.empreendimento_id
    where with_year.fl_24m

)

select * from final
