-- A sale dated after the newest load is a typing error, and moves dt_base, and
-- with it every view, ahead.

{{ config(severity='warn', store_failures=true) }}

with

cargas as (

    select max(dt_terminada) as dt_carga
    from {{ ref('stg_cvcrm__cargas') }}
    where situacao in ('ok', 'incompleta')

)

select
    reservas.reserva_id,
    reservas.dt_venda,
    cargas.dt_carga
from {{ ref('stg_cvcrm__reservas') }} as reservas
cross join cargas
where reservas.dt_venda > cargas.dt_carga
