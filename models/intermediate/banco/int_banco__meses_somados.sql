{%- set gastos = [
    'compra_tarjeta', 'pago_servicio', 'debito_automatico', 'extraccion_cajero'
] -%}
{%- set fixos = ['pago_servicio', 'debito_automatico'] -%}

-- Types are compared without case, accents, blanks and hyphens: no spelling of
-- one may leave the spending unseen.

with

base as (

    select * from {{ ref('int_banco__datas_base') }}

),

transacciones as (

    select
        transacciones.cliente_id,
        transacciones.dt_fecha,
        transacciones.vl_monto,
        {{ transaction_type('transacciones.tipo') }} as tipo,
        base.dt_inicio_12m,
        base.mes as mes_base
    from {{ ref('transacciones') }} as transacciones
    cross join base
    where transacciones.dt_fecha < base.dt_base

),

final as (

    select
        cliente_id,
        {{ month_start('dt_fecha') }} as mes,
        dt_inicio_12m <= {{ month_start('dt_fecha') }}
        and {{ month_start('dt_fecha') }} < mes_base as fl_janela,
        coalesce(
            sum(
                case when tipo in ({{ quoted(gastos) }}) then vl_monto end
            ), 0
        ) as vl_gasto,
        coalesce(
            sum(case when tipo in ({{ quoted(fixos) }}) then vl_monto end), 0
        ) as vl_fixo,
        sum(case when tipo = 'ingreso_sueldo' then vl_monto end) as vl_sueldo
    from transacciones
    group by 1, 2, 3

)

select * from final
