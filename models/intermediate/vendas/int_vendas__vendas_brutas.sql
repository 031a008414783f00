-- All that was ever sold, what a distrato undid too, whatever its `ativo` now.
-- Some tenants wipe the date of sale then: an earlier version has it.
with

reservas as (

    select * from {{ ref('int_vendas__vendas_reunidas') }}

),

distratos as (

    select * from {{ ref('int_vendas__distratos_validos') }}

),

versoes as (

    select
        reserva_id,
        max(dt_venda) as dt_venda
    from {{ ref('historico__reservas') }}
    group by 1

),

vendas as (

    select * from {{ ref('stg_cvcrm__vendas') }}

),

dated as (

    select
        reservas.reserva_id,
        coalesce(reservas.empreendimento_id, distratos.empreendimento_id)
            as empreendimento_id,
        coalesce(reservas.unidade_id, distratos.unidade_id) as unidade_id,
        reservas.vl_contrato,
        coalesce(reservas.dt_venda, versoes.dt_venda, vendas.dt_venda)
            as dt_venda,
        distratos.dt_distrato,
        {{ is_sale('reservas.ativo', 'reservas.dt_venda') }}
        or distratos.reserva_id is not null as fl_vendida
    from reservas
    left join distratos
        on reservas.reserva_id = distratos.reserva_id
    left join versoes
        on reservas.reserva_id = versoes.reserva_id
    left join vendas
        on reservas.reserva_id = vendas.reserva_id

),

final as (

    select
        reserva_id,
        empreendimento_id,
        unidade_id,
        vl_contrato,
        dt_venda,
        dt_distrato
    from dated
    where
        fl_vendida
        and dt_venda is not null

)

select * from final
