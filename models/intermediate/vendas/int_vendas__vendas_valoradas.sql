with

vendas as (

    select * from {{ ref('int_vendas__vendas_reunidas') }}
    where dt_venda is not null

),

times as (

    select * from {{ ref('int_vendas__vendas_times') }}

),

condicoes as (

    select * from {{ ref('int_vendas__condicoes_somadas') }}

),

comissoes as (

    select * from {{ ref('int_vendas__comissoes_somadas') }}

),

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

final as (

    select
        vendas.reserva_id,
        vendas.empreendimento_id,
        vendas.unidade_id,
        vendas.cliente_id,
        vendas.corretor_id,
        vendas.imobiliaria_id,
        times.time_id,
        vendas.ativo,
        vendas.situacao,
        coalesce(vendas.empreendimento, 'Sem Empreendimento')
            as empreendimento,
        vendas.etapa,
        vendas.bloco,
        vendas.unidade,
        vendas.regiao,
        vendas.tipovenda,
        coalesce(vendas.corretor, 'Sem Corretor') as corretor,
        vendas.imobiliaria,
        coalesce(times.time_corretor, 'Sem Time') as time_corretor,
        vendas.midia,
        vendas.campanha,
        vendas.tabela,
        vendas.planta,
        vendas.origem,
        vendas.vl_contrato as valor,
        coalesce(vendas.vl_vgv_tabela, vendas.vl_contrato) as vgv,
        case
            when vendas.vl_vgv_tabela is not null then 'tabela'
            when vendas.vl_contrato is not null then 'contrato'
        end as vgv_origem,
        comissoes.vl_comissao as comissao_valor,
        comissoes.vl_comissao_paga as comissao_paga,
        condicoes.vl_entrada as valor_entrada,
        coalesce(condicoes.vl_financiamento, vendas.vl_financiamento)
            as valor_financiamento,
        -- A zero may only mean that nobody filled it in.
        coalesce(nullif(vendas.vl_fgts, 0), condicoes.vl_fgts, vendas.vl_fgts)
            as valor_fgts,
        coalesce(
            nullif(vendas.vl_subsidio, 0),
            condicoes.vl_subsidio,
            vendas.vl_subsidio
        ) as valor_subsidio,
        vendas.qt_m2_privativa,
        vendas.dt_cadastro,
        vendas.dt_venda,
        vendas.dt_cancelamento,
        {{ is_sale('vendas.ativo', 'vendas.dt_venda') }} as fl_venda
    from vendas
    cross join base
    left join times
        on
            vendas.reserva_id = times.reserva_id
            and vendas.dt_venda = times.dt_venda
    left join condicoes
        on vendas.reserva_id = condicoes.reserva_id
    left join comissoes
        on vendas.reserva_id = comissoes.reserva_id
    where vendas.dt_venda <= base.dt_base

)

select * from final
