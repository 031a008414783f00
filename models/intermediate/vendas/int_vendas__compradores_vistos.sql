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

joined as (

    select
        coalesce(reservas.reserva_id, vendas.reserva_id) as reserva_id,
        coalesce(reservas.cliente_id, vendas.cliente_id) as cliente_id,
        coalesce(reservas.cliente, vendas.cliente) as cliente,
        coalesce(reservas.cliente_documento, vendas.cliente_documento)
            as documento_visto
    from reservas
    full outer join vendas
        on reservas.reserva_id = vendas.reserva_id

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
