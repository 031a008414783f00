-- Between the first month and the last one each has invoices and payments, in
-- the files or in the rows of a file for all months.

{{
    config(
        severity='warn',
        store_failures=true,
        meta={'dagster': {'ref': {'name': 'int_cartoes__pagamentos_mensais'}}},
    )
}}

with

meses as (

    select
        nr_ref - 1 as nr_mes,
        {{ month_of_number('nr_ref - 1') }} as mes,
        fl_mes_anterior_coberto
    from {{ ref('int_cartoes__meses_referidos') }}

),

pagos as (

    select distinct nr_mes from {{ ref('int_cartoes__pagamentos_mensais') }}

),

final as (

    select
        meses.mes,
        case when not meses.fl_mes_anterior_coberto then 'faturas' end
            as sem_faturas,
        case when pagos.nr_mes is null then 'pagamentos' end as sem_pagamentos
    from meses
    left join pagos
        on meses.nr_mes = pagos.nr_mes

)

select * from final
where
    sem_faturas is not null
    or sem_pagamentos is not null
