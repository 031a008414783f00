-- All that was ever sold, what a later distrato undid too, whatever its `ativo`
-- now. Some tenants wipe the date of sale then: an earlier version has it.
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
        {{ is_sale('reservas.ativo', 'reservas.dt_venda') }} as fl_venda
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
        -- One dated before the sale did not undo it.
        case when dt_distrato >= dt_venda then dt_distrato end as dt_distrato
    from dated
    where
        dt_venda is not null
        and (fl_venda or dt_distrato >= dt_venda)

)

select * from final
