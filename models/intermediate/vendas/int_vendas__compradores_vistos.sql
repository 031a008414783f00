-- The buyer of each reservation, as the reservation itself shows it; the sale,
-- where that says nothing.

with

reservas as (

    select
        reserva_id,
        cliente_id,
        cliente,
        cliente_documento
    from {{ ref('stg_cvcrm__reservas') }}

),

vendas as (

    select
        reserva_id,
        cliente_id,
        cliente,
        cliente_documento
    from {{ ref('stg_cvcrm__vendas') }}

),

-- The two may be of different days, and then of different buyers: what one
-- leaves open the other fills in for the same buyer only.
joined as (

    select
        coalesce(reservas.reserva_id, vendas.reserva_id) as reserva_id,
        reservas.cliente_id,
        reservas.cliente,
        reservas.cliente_documento,
        vendas.cliente_id as vendas_cliente_id,
        vendas.cliente as vendas_cliente,
        vendas.cliente_documento as vendas_documento,
        case
            when reservas.cliente_id is not null
                then
                    coalesce(reservas.cliente_id = vendas.cliente_id, true)
            else
                num_nonnulls(reservas.cliente, reservas.cliente_documento) = 0
        end as fl_mesmo
    from reservas
    full outer join vendas
        on reservas.reserva_id = vendas.reserva_id

),

filled as (

    select
        reserva_id,
        coalesce(
            cliente_id, case when fl_mesmo then vendas_cliente_id end
        ) as cliente_id,
        coalesce(cliente, case when fl_mesmo then vendas_cliente end)
            as cliente,
        coalesce(
            cliente_documento, case when fl_mesmo then vendas_documento end
        ) as documento_visto
    from joined

),

final as (

    select
        reserva_id,
        coalesce(
            cast(cliente_id as {{ dbt.type_string() }}),
            'reserva ' || cast(reserva_id as {{ dbt.type_string() }})
        ) as comprador,
        cliente,
        documento_visto
    from filled
    where
        cliente_id is not null
        or documento_visto is not null
        or cliente is not null

)

select * from final
