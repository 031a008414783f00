with

distratos as (

    select * from {{ ref('stg_cvcrm__distratos') }}

),

reservas as (

    select * from {{ ref('int_vendas__vendas_reunidas') }}

),

dated as (

    select
        distratos.reserva_id,
        coalesce(distratos.empreendimento_id, reservas.empreendimento_id)
            as empreendimento_id,
        coalesce(distratos.unidade_id, reservas.unidade_id) as unidade_id,
        coalesce(reservas.vl_contrato, distratos.vl_contrato) as vl_contrato,
        coalesce(distratos.dt_situacao, distratos.dt_cadastro) as dt_distrato,
        -- A distrato that was itself undone: the reservation is a sale again.
        -- An `N` alone says nothing, it may be the reservation's.
        coalesce(
            distratos.ativo = 'N'
            and {{ is_sale('reservas.ativo', 'reservas.dt_venda') }}, false
        ) as fl_desfeito
    from distratos
    left join reservas
        on distratos.reserva_id = reservas.reserva_id

),

final as (

    select
        reserva_id,
        empreendimento_id,
        unidade_id,
        vl_contrato,
        dt_distrato
    from dated
    where
        not fl_desfeito
        and dt_distrato is not null

)

select * from final
