-- Every day and the first business day on or after it: what due on a holiday
-- is paid in time on the next business day.

with

dias as (

    {{ day_spine('1990-01-01', '2100-12-31') }}

),

feriados as (

    select * from {{ ref('feriados') }}

),

marcados as (

    select
        dias.dia,
        feriados.dt_feriado is null
        and not {{ is_weekend('dias.dia') }} as fl_util
    from dias
    left join feriados
        on dias.dia = feriados.dt_feriado

),

final as (

    select
        dia,
        min(case when fl_util then dia end) over (
            order by dia
            rows between current row and 15 following
        ) as proximo_dia_util
    from marcados

)

select * from final
