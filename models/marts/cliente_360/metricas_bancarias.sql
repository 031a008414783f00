with

clientes as (

    select * from {{ ref('int_banco__clientes_curados') }}

),

base as (

    select * from {{ ref('int_banco__datas_base') }}

),

meses as (

    select * from {{ ref('int_banco__meses_somados') }}

),

somados as (

    select
        meses.cliente_id,
        -- Months without spending count; those before the client came do not.
        least(
            12,
            {{ month_number('min(base.mes)') }}
            - {{ month_number('min(meses.mes)') }}
        ) as qt_mes,
        coalesce(
            sum(case when meses.fl_janela then meses.vl_gasto end), 0
        ) as vl_gasto,
        coalesce(
            sum(case when meses.fl_janela then meses.vl_fixo end), 0
        ) as vl_fixo,
        {{ median('case when meses.fl_janela then meses.vl_sueldo end') }}
            as vl_sueldo
    from meses
    cross join base
    group by 1

),

medidos as (

    select
        clientes.cliente_id,
        case
            when clientes.vl_ingresos_mensuales > 0
                then clientes.vl_ingresos_mensuales
        end as vl_renda,
        clientes.vl_ingresos_mensuales,
        somados.cliente_id is null as fl_sem_transacao,
        coalesce(somados.qt_mes, 0) as qt_mes,
        somados.vl_gasto,
        somados.vl_fixo,
        somados.vl_sueldo
    from clientes
    left join somados
        on clientes.cliente_id = somados.cliente_id

),

-- Wide enough for sums of typing errors: one must not stop the build.
final as (

    select
        cliente_id,
        cast(
            case
                when fl_sem_transacao then 0
                when qt_mes > 0 then vl_gasto / qt_mes
            end as numeric(18, 2)
        ) as gasto_mensual_promedio,
        cast(
            case
                when vl_renda is null then null
                when fl_sem_transacao then 0
                when qt_mes > 0 then vl_fixo / (qt_mes * vl_renda)
            end as numeric(21, 4)
        ) as score_endeudamiento,
        vl_ingresos_mensuales as ingresos_mensuales,
        cast(vl_sueldo as numeric(18, 2)) as ingresos_estimados,
        cast(qt_mes as integer) as qt_mes,
        vl_renda is null as fl_sem_renda,
        fl_sem_transacao
    from medidos

)

select * from final
