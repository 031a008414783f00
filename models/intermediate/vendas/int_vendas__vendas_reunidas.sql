-- Endpoint vendas goes on to show cancelled sales, so it says nothing of a
-- reservation's state: it fills in what that leaves open, and stands for
-- reservations that never came.
with

reservas as (

    select * from {{ ref('int_vendas__reservas_vigentes') }}

),

vendas as (

    select * from {{ ref('stg_cvcrm__vendas') }}

),

known as (

    select reserva_id from {{ ref('stg_cvcrm__reservas') }}

),

filled as (

    select
        reservas.reserva_id,
        coalesce(reservas.empreendimento_id, vendas.empreendimento_id)
            as empreendimento_id,
        coalesce(reservas.unidade_id, vendas.unidade_id) as unidade_id,
        coalesce(reservas.cliente_id, vendas.cliente_id) as cliente_id,
        coalesce(reservas.corretor_id, vendas.corretor_id) as corretor_id,
        coalesce(reservas.imobiliaria_id, vendas.imobiliaria_id)
            as imobiliaria_id,
        reservas.time_id,

        reservas.ativo,
        reservas.situacao,
        coalesce(reservas.empreendimento, vendas.empreendimento)
            as empreendimento,
        coalesce(reservas.etapa, vendas.etapa) as etapa,
        coalesce(reservas.bloco, vendas.bloco) as bloco,
        coalesce(reservas.unidade, vendas.unidade) as unidade,
        coalesce(reservas.regiao, vendas.regiao) as regiao,
        coalesce(reservas.tipovenda, vendas.tipovenda) as tipovenda,
        coalesce(reservas.corretor, vendas.corretor) as corretor,
        coalesce(reservas.imobiliaria, vendas.imobiliaria) as imobiliaria,
        reservas.time_corretor,
        coalesce(reservas.midia, vendas.midia) as midia,
        coalesce(reservas.campanha, vendas.campanha) as campanha,
        coalesce(reservas.tabela, vendas.tabela) as tabela,
        vendas.planta,

        coalesce(reservas.vl_contrato, vendas.vl_contrato) as vl_contrato,
        reservas.vl_vgv_tabela,
        reservas.vl_financiamento,
        reservas.vl_fgts,
        reservas.vl_subsidio,
        vendas.qt_m2_privativa,

        coalesce(reservas.dt_cadastro, vendas.dt_reserva) as dt_cadastro,
        reservas.dt_venda,
        reservas.dt_cancelamento,
        'reservas' as origem
    from reservas
    left join vendas
        on reservas.reserva_id = vendas.reserva_id

),

never_delivered as (

    select
        vendas.reserva_id,
        vendas.empreendimento_id,
        vendas.unidade_id,
        vendas.cliente_id,
        vendas.corretor_id,
        vendas.imobiliaria_id,
        cast(null as bigint) as time_id,

        vendas.ativo,
        cast(null as {{ dbt.type_string() }}) as situacao,
        vendas.empreendimento,
        vendas.etapa,
        vendas.bloco,
        vendas.unidade,
        vendas.regiao,
        vendas.tipovenda,
        vendas.corretor,
        vendas.imobiliaria,
        cast(null as {{ dbt.type_string() }}) as time_corretor,
        vendas.midia,
        vendas.campanha,
        vendas.tabela,
        vendas.planta,

        vendas.vl_contrato,
        cast(null as numeric(15, 2)) as vl_vgv_tabela,
        cast(null as numeric(15, 2)) as vl_financiamento,
        cast(null as numeric(15, 2)) as vl_fgts,
        cast(null as numeric(15, 2)) as vl_subsidio,
        vendas.qt_m2_privativa,

        vendas.dt_reserva as dt_cadastro,
        vendas.dt_venda,
        cast(null as date) as dt_cancelamento,
        'vendas' as origem
    from vendas
    left join known
        on vendas.reserva_id = known.reserva_id
    where known.reserva_id is null

),

final as (

    select * from filled
    union all
    select * from never_delivered

)

select * from final
