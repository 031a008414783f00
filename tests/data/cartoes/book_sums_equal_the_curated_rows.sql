-- No invoice and no payment is lost or counted twice on the way to the book:
-- the month before each dt_ref that was closed now.

{{ config(meta={'dagster': {'ref': {'name': 'book_fatura'}}}) }}

with

meses as (

    select * from {{ ref('int_cartoes__meses_a_fechar') }}

),

book as (

    select
        dt_ref,
        sum(qt_fatura_u1m) as qt_fatura,
        sum(vl_fatura_total_u1m) as vl_fatura,
        sum(vl_pagamento_total_u1m) as vl_pagamento
    from {{ ref('book_fatura') }}
    where dt_ref in (select meses.dt_ref from meses)
    group by 1

),

faturas as (

    select
        meses.dt_ref,
        count(*) as qt_fatura,
        sum(faturas.vl_fatura) filter (where faturas.vl_fatura > 0) as vl_fatura
    from meses
    inner join {{ ref('faturas') }} as faturas
        on
            meses.dt_ref > faturas.dt_emissao
            and {{ month_of_number('meses.nr_ref - 1') }}
            <= faturas.dt_emissao
    group by 1

),

-- Who pays before having an invoice is in the book once there is one.
pagamentos as (

    select
        meses.dt_ref,
        sum(pagamentos.vl_pagamento) as vl_pagamento
    from meses
    inner join {{ ref('pagamentos') }} as pagamentos
        on
            meses.dt_ref > pagamentos.dt_pagamento
            and {{ month_of_number('meses.nr_ref - 1') }}
            <= pagamentos.dt_pagamento
    inner join {{ ref('int_cartoes__clientes_iniciados') }} as clientes
        on
            pagamentos.id_cliente = clientes.id_cliente
            and meses.nr_ref > clientes.nr_mes_primeira
    group by 1

)

select book.dt_ref
from book
left join faturas
    on book.dt_ref = faturas.dt_ref
left join pagamentos
    on book.dt_ref = pagamentos.dt_ref
where
    book.qt_fatura != coalesce(faturas.qt_fatura, 0)
    or book.vl_fatura != coalesce(faturas.vl_fatura, 0)
    or book.vl_pagamento != coalesce(pagamentos.vl_pagamento, 0)
