-- A longer window holds all that a shorter one does. Of the dt_refs closed now.

{{ config(meta={'dagster': {'ref': {'name': 'book_fatura'}}}) }}

{%- set never_fall = [
    'qt_fatura', 'qt_fatura_exigivel', 'qt_fatura_vencida', 'vl_fatura_total',
    'vl_fatura_maxima', 'vl_pagamento_minimo_total', 'vl_saldo_credor_total',
    'qt_pagamento', 'qt_fatura_paga_em_dia', 'qt_fatura_inadimplente',
    'qt_fatura_atraso', 'nr_dias_atraso_maximo', 'qt_fatura_parcial',
    'qt_fatura_sem_pagamento', 'vl_saldo_aberto', 'vl_pago_excedente',
] %}

select
    dt_ref,
    id_cliente
from {{ ref('book_fatura') }}
where
    dt_ref in (
        select meses.dt_ref
        from {{ ref('int_cartoes__meses_a_fechar') }} as meses
    )
    and not (
        vl_fatura_minima_u1m >= vl_fatura_minima_u12m
        {%- for name in never_fall %}
            and {{ name }}_u1m <= {{ name }}_u3m
            and {{ name }}_u3m <= {{ name }}_u6m
            and {{ name }}_u6m <= {{ name }}_u12m
        {%- endfor %}
    )
