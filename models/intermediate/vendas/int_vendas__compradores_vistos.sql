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
        coalesce(
            reservas.cliente_id, case when fl_mesmo then vendas.cliente_id end
        ) as cliente_id,
        coalesce(
            reservas.cliente, case when fl_mesmo then vendas.cliente end
        ) as cliente,
        coalesce(
            reservas.cliente_documento,
            case when fl_mesmo then vendas.cliente_documento end
        ) as documento_visto
    from reservas
    full outer join vendas
        on reservas.reserva_id = vendas.reserva_id
    cross join lateral (
        select
            coalesce(reservas.cliente_id = vendas.cliente_id, true)
            and (
                reservas.cliente_id is not null
                or num_nonnulls(
                    reservas.cliente, reservas.cliente_documento
                ) = 0
            ) as fl_mesmo
    ) as comprador

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
    from joined
    where
        cliente_id is not null
        or documento_visto is not null
        or cliente is not null

)

select * from final
