-- One row a month and project, also where nothing happened: the year's windows
-- count rows.
with

meses as (

    select * from {{ ref('int_vendas__meses_vistos') }}

),

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

-- A distrato after dt_base leaves its sale a sale, and is not counted itself.
vendas as (

    select
        {{ month_start('vendas.dt_venda') }} as mes,
        coalesce(vendas.empreendimento_id, 0) as empreendimento_id,
        count(*) as qt_bruta,
        sum(vendas.vl_contrato) as vl_bruto
    from {{ ref('int_vendas__vendas_brutas') }} as vendas
    cross join base
    where vendas.dt_venda <= base.dt_base
    group by 1, 2

),

distratos as (

    select
        {{ month_start('distratos.dt_distrato') }} as mes,
        coalesce(distratos.empreendimento_id, 0) as empreendimento_id,
        count(*) as qt_distrato,
        sum(distratos.vl_contrato) as vl_distrato
    from {{ ref('int_vendas__distratos_validos') }} as distratos
    cross join base
    where distratos.dt_distrato <= base.dt_base
    group by 1, 2

),

ofertas as (

    select
        mes,
        coalesce(empreendimento_id, 0) as empreendimento_id,
        count(case when not fl_lancamento then 1 end) as qt_estoque,
        count(case when fl_lancamento then 1 end) as qt_lancamento,
        sum(case when not fl_lancamento then vl_preco end) as vl_estoque,
        sum(case when fl_lancamento then vl_preco end) as vl_lancamento
    from {{ ref('int_vendas__unidades_ofertadas') }}
    group by 1, 2

),

vigentes as (

    select
        {{ month_start('dt_venda') }} as mes,
        coalesce(empreendimento_id, 0) as empreendimento_id,
        count(*) as qt_vigente,
        sum(valor) as vl_vigente,
        sum(case when valor > 0 then valor end) as vl_com_valor,
        count(case when valor > 0 then 1 end) as qt_com_valor
    from {{ ref('int_vendas__vendas_valoradas') }}
    where fl_venda
    group by 1, 2

),

empreendimentos as (

    select empreendimento_id
    from {{ ref('int_vendas__empreendimentos_conhecidos') }}
    union
    select empreendimento_id from vendas
    union
    select empreendimento_id from distratos
    union
    select empreendimento_id from ofertas

),

final as (

    select
        meses.mes,
        meses.ano,
        meses.fl_24m,
        empreendimentos.empreendimento_id,
        cast(coalesce(vendas.qt_bruta, 0) as integer) as qt_bruta,
        cast(coalesce(distratos.qt_distrato, 0) as integer) as qt_distrato,
        cast(coalesce(ofertas.qt_estoque, 0) as integer) as qt_estoque,
        cast(coalesce(ofertas.qt_lancamento, 0) as integer) as qt_lancamento,
        cast(coalesce(vigentes.qt_vigente, 0) as integer) as qt_vigente,
        cast(coalesce(vigentes.qt_com_valor, 0) as integer) as qt_com_valor,
        vendas.vl_bruto,
        distratos.vl_distrato,
        ofertas.vl_estoque,
        ofertas.vl_lancamento,
        vigentes.vl_vigente,
        vigentes.vl_com_valor
    from meses
    cross join empreendimentos
    left join vendas
        on
            meses.mes = vendas.mes
            and empreendimentos.empreendimento_id = vendas.empreendimento_id
    left join distratos
        on
            meses.mes = distratos.mes
            and empreendimentos.empreendimento_id = distratos.empreendimento_id
    left join ofertas
        on
            meses.mes = ofertas.mes
            and empreendimentos.empreendimento_id = ofertas.empreendimento_id
    left join vigentes
        on
            meses.mes = vigentes.mes
            and empreendimentos.empreendimento_id = vigentes.empreendimento_id

)

select * from final
