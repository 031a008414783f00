{#- The 32 variables of one window, in the order of the catalogue, from the sums of a
    client's parts in that window. Amounts come in cents. #}
{% macro book_variables(window) -%}
    {%- set w = '_' ~ window -%}
    {%- set vencida = 'reunidos.qt_vencida' ~ w -%}
    cast(reunidos.qt_fatura{{ w }} as integer) as qt_fatura{{ w }},
    cast(reunidos.qt_exigivel{{ w }} as integer)
        as qt_fatura_exigivel{{ w }},
    cast({{ vencida }} as integer) as qt_fatura_vencida{{ w }},
    {{ money('reunidos.vl_exigivel' ~ w) }}
        as vl_fatura_total{{ w }},
    cast(
        reunidos.vl_exigivel{{ w }} * 0.01
        / nullif(reunidos.qt_exigivel{{ w }}, 0) as numeric(15, 2)
    ) as vl_fatura_media{{ w }},
    cast(
        reunidos.vl_exigivel{{ w }} * 0.01
        / reunidos.qt_mes{{ w }}_r as numeric(15, 2)
    ) as vl_fatura_media_mes{{ w }},
    {{ money('reunidos.vl_maxima' ~ w) }} as vl_fatura_maxima{{ w }},
    {{ money('reunidos.vl_minima' ~ w) }} as vl_fatura_minima{{ w }},
    {{ money('reunidos.vl_minimo' ~ w) }}
        as vl_pagamento_minimo_total{{ w }},
    {{ money('reunidos.vl_credor' ~ w) }}
        as vl_saldo_credor_total{{ w }},
    cast(reunidos.qt_mes{{ w }}_r - reunidos.qt_mes{{ w }} as integer)
        as qt_mes_sem_fatura{{ w }},
    cast(reunidos.qt_pagamento{{ w }} as integer) as qt_pagamento{{ w }},
    {{ money('reunidos.vl_pagamento' ~ w) }} as vl_pagamento_total{{ w }},
    cast(
        reunidos.vl_pagamento{{ w }} * 0.01
        / nullif(reunidos.qt_pagamento{{ w }}, 0) as numeric(15, 2)
    ) as vl_pagamento_medio{{ w }},
    {{ money('reunidos.vl_pago' ~ w) }}
        as vl_pago_fatura_total{{ w }},
    {{ percentage('reunidos.vl_pago' ~ w, 'reunidos.vl_vencida' ~ w) }}
        as pc_valor_pago{{ w }},
    cast(reunidos.qt_em_dia{{ w }} as integer)
        as qt_fatura_paga_em_dia{{ w }},
    {{ percentage('reunidos.qt_em_dia' ~ w, vencida) }}
        as pc_fatura_paga_em_dia{{ w }},
    {{ percentage('reunidos.qt_minimo_em_dia' ~ w, vencida) }}
        as pc_fatura_minimo_em_dia{{ w }},
    cast(reunidos.qt_inadimplente{{ w }} as integer)
        as qt_fatura_inadimplente{{ w }},
    {{ percentage('reunidos.qt_inadimplente' ~ w, vencida) }}
        as pc_inadimplencia{{ w }},
    {{ money('reunidos.vl_inadimplente' ~ w) }}
        as vl_inadimplente{{ w }},
    cast(reunidos.qt_atraso{{ w }} as integer)
        as qt_fatura_atraso{{ w }},
    {{ percentage('reunidos.qt_atraso' ~ w, vencida) }}
        as pc_fatura_atraso{{ w }},
    cast(
        1.0 * reunidos.nr_dias_atraso{{ w }}
        / nullif({{ vencida }}, 0) as numeric(9, 2)
    ) as nr_dias_atraso_medio{{ w }},
    cast(
        1.0 * reunidos.nr_dias_atraso{{ w }}
        / nullif(reunidos.qt_atraso{{ w }}, 0) as numeric(9, 2)
    ) as nr_dias_atraso_medio_atrasadas{{ w }},
    reunidos.nr_dias_atraso_maximo{{ w }} as nr_dias_atraso_maximo{{ w }},
    cast(reunidos.qt_parcial{{ w }} as integer)
        as qt_fatura_parcial{{ w }},
    cast(reunidos.qt_sem_pagamento{{ w }} as integer)
        as qt_fatura_sem_pagamento{{ w }},
    {{ money('reunidos.vl_aberto' ~ w) }}
        as vl_saldo_aberto{{ w }},
    {{ money('reunidos.vl_excedente' ~ w) }}
        as vl_pago_excedente{{ w }},
    reunidos.fl_incompleta{{ w }} as fl_cobertura_incompleta{{ w }}
{%- endmacro %}


{#- Whether a flag is set in any of some parts. #}
{% macro any_part(column, parts) -%}
    {%- for part in parts -%}
        coalesce(parte_{{ part }}.{{ column }}, false)
        {{- " or " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The greatest or least of some parts' values; NULL only where no part has one, as
    Postgres and DuckDB see it. #}
{% macro extreme(function, column, parts) -%}
    {{ function }}(
        {%- for part in parts %}parte_{{ part }}.{{ column }}
        {{- ", " if not loop.last }}{% endfor -%}
    )
{%- endmacro %}
