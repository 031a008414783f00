{{ config(materialized='restricted') }}

with

vendas as (

    select * from {{ ref('int_vendas__vendas_valoradas') }}

),

reservas as (

    select
        reserva_id,
        cliente
    from {{ ref('stg_cvcrm__reservas') }}

),

vendas_cv as (

    select
        reserva_id,
        cliente
    from {{ ref('stg_cvcrm__vendas') }}

),

final as (

    select
        vendas.reserva_id as cvcrm_id,
        vendas.reserva_id,
        vendas.empreendimento,
        vendas.corretor,
        vendas.time_corretor,
        coalesce(reservas.cliente, vendas_cv.cliente) as cliente,
        cast(vendas.valor as numeric(15, 2)) as valor,
        vendas.dt_venda as data_venda,
        vendas.ativo,
        cast(vendas.comissao_valor as numeric(15, 2)) as comissao_valor,
        cast(vendas.vgv as numeric(15, 2)) as vgv,
        cast(vendas.valor_financiamento as numeric(15, 2))
            as valor_financiamento,
        cast(vendas.valor_entrada as numeric(15, 2)) as valor_entrada,
        vendas.vgv_origem,
        vendas.fl_venda,
        vendas.empreendimento_id,
        vendas.unidade_id,
        vendas.cliente_id,
        vendas.corretor_id,
        vendas.imobiliaria_id,
        vendas.time_id,
        vendas.imobiliaria,
        vendas.etapa,
        vendas.bloco,
        vendas.unidade,
        vendas.tipovenda as tipo,
        vendas.situacao,
        vendas.regiao,
        vendas.midia,
        vendas.campanha,
        vendas.tabela,
        vendas.planta,
        vendas.dt_cadastro as data_reserva,
        vendas.dt_cancelamento as data_cancelamento,
        vendas.origem
    from vendas
    left join reservas
        on vendas.reserva_id = reservas.reserva_id
    left join vendas_cv
        on vendas.reserva_id = vendas_cv.reserva_id

)

select * from final
