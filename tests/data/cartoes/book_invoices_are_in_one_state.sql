-- Every matured invoice is paid in full, paid in part, paid below its minimum
-- or not paid: counted from the invoices, they are what the book says.

{{ config(meta={'dagster': {'ref': {'name': 'book_fatura'}}}) }}

with

meses as (

    select * from {{ ref('int_cartoes__meses_a_fechar') }}

),

vencidas as (

    select
        meses.dt_ref,
        count(*) as qt_vencida,
        count(*) filter (
            where
            situacoes.vl_pago > 0
            and situacoes.vl_pago >= situacoes.vl_fatura - 1
        ) as qt_integral,
        count(*) filter (
            where
            situacoes.vl_pago > 0
            and situacoes.vl_pago < situacoes.vl_minimo - 1
        ) as qt_abaixo
    from meses
    inner join {{ ref('int_cartoes__faturas_situacoes') }} as situacoes
        on
            meses.nr_ref >= situacoes.nr_ref_de
            and meses.nr_ref < situacoes.nr_ref_ate
    where
        situacoes.vl_fatura > 0
        and situacoes.dt_limite < meses.dt_ref
    group by 1

),

book as (

    select
        dt_ref,
        sum(qt_fatura_vencida_u12m) as qt_vencida,
        sum(qt_fatura_parcial_u12m) as qt_parcial,
        sum(qt_fatura_sem_pagamento_u12m) as qt_sem_pagamento
    from {{ ref('book_fatura') }}
    where dt_ref in (select meses.dt_ref from meses)
    group by 1

)

select book.dt_ref
from book
left join vencidas
    on book.dt_ref = vencidas.dt_ref
where
    book.qt_vencida != coalesce(vencidas.qt_vencida, 0)
    or book.qt_vencida
    != coalesce(vencidas.qt_integral + vencidas.qt_abaixo, 0)
    + book.qt_parcial
    + book.qt_sem_pagamento
