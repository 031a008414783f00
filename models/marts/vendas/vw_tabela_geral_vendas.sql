{{ config(materialized='restricted') }}

with

vendas as (

    select vendas.*
    from {{ ref('vendas') }} as vendas
    cross join {{ ref('int_vendas__datas_base') }} as base
    where
        vendas.fl_venda
        and vendas.data_venda >= base.dt_inicio_24m
        and vendas.data_venda <= base.dt_base

),

unidades as (

    select * from {{ ref('unidades') }}

),

prosoluto as (

    select * from {{ ref('prosoluto') }}

),

repasses as (

    select * from {{ ref('int_vendas__repasses_atuais') }}

),

final as (

    select
        vendas.cvcrm_id,
        vendas.reserva_id,
        vendas.data_venda,
        {{ month_start('vendas.data_venda') }} as mes,
        {{ year_of('vendas.data_venda') }} as ano,
        vendas.empreendimento_id,
        vendas.empreendimento,
        vendas.etapa,
        vendas.bloco,
        vendas.unidade_id,
        vendas.unidade,
        unidades.tipologia,
        unidades.area_privativa,
        vendas.cliente,
        vendas.corretor_id,
        vendas.corretor,
        vendas.time_corretor as time,  -- noqa: RF04
        vendas.imobiliaria_id,
        vendas.imobiliaria,
        vendas.tipo,
        vendas.situacao,
        vendas.midia,
        vendas.campanha,
        vendas.valor,
        vendas.vgv,
        vendas.vgv_origem,
        vendas.comissao_valor,
        vendas.valor_entrada,
        vendas.valor_financiamento,
        prosoluto.valor_fgts,
        prosoluto.valor_subsidio,
        prosoluto.valor_prosoluto,
        prosoluto.pc_prosoluto,
        prosoluto.fl_inconsistente as fl_prosoluto_inconsistente,
        repasses.repasse_id,
        repasses.situacao as repasse_situacao,
        repasses.banco as repasse_banco,
        vendas.data_reserva
    from vendas
    left join unidades
        on vendas.unidade_id = unidades.unidade_id
    left join prosoluto
        on vendas.reserva_id = prosoluto.reserva_id
    left join repasses
        on vendas.reserva_id = repasses.reserva_id

)

select * from final
