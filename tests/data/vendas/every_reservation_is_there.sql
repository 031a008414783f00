-- Every row of the endpoint is kept, whatever its `ativo`; a day in the past
-- leaves out those made after it.

{{ config(
    store_failures=true,
    meta={'dagster': {'ref': {'name': 'reservas'}}},
) }}

select delivered.reserva_id
from {{ ref('stg_cvcrm__reservas') }} as delivered
cross join {{ ref('int_vendas__datas_base') }} as base
left join {{ ref('reservas') }} as reservas
    on delivered.reserva_id = reservas.reserva_id
where
    reservas.reserva_id is null
    and coalesce(delivered.dt_cadastro, base.dt_base) <= base.dt_base
