with

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

-- Eleven months more than are shown: the first ones shown look back a year.
meses as (

    select
        base.dt_inicio_24m,
        base.dt_base,
        cast(
            {{ dbt.dateadd('month', '-1 * nr_mes', 'base.mes') }} as date
        ) as mes
    from base
    cross join {{ integer_series(0, 34) }} as nr_mes
    where base.dt_base is not null

),

final as (

    select
        mes,
        {{ year_of('mes') }} as ano,
        cast({{ dbt.dateadd('month', 1, 'mes') }} as date) as mes_seguinte,
        dt_base,
        mes >= dt_inicio_24m as fl_24m,
        {{ local_midnight('mes') }} as inicio_em
    from meses

)

select * from final
