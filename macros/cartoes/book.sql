{#- Months as whole numbers: year * 12 + month, so that windows are subtractions. #}
{% macro month_number(expression) -%}
    {{- adapter.dispatch('month_number', 'mirante')(expression) -}}
{%- endmacro %}


{% macro default__month_number(expression) -%}
    cast(
        12 * extract(year from {{ expression }})
        + extract(month from {{ expression }}) as integer
    )
{%- endmacro %}


{#- extract() reckons in decimals, four times as long. #}
{% macro postgres__month_number(expression) -%}
    cast(
        12 * date_part('year', {{ expression }})
        + date_part('month', {{ expression }}) as integer
    )
{%- endmacro %}


{#- The first day of a month given by its number. #}
{% macro month_of_number(expression) -%}
    {{- adapter.dispatch('month_of_number', 'mirante')(expression) -}}
{%- endmacro %}


{% macro postgres__month_of_number(expression) -%}
    make_date(({{ expression }} - 1) / 12, mod({{ expression }} - 1, 12) + 1, 1)
{%- endmacro %}


{% macro effective_minimum(minimum, amount) -%}
    case
        when coalesce({{ minimum }}, 0) <= 0 then {{ amount }}
        else least({{ minimum }}, {{ amount }})
    end
{%- endmacro %}


{#- Each window's months, the same for every variable. #}
{% macro book_windows() -%}
    {{ return([1, 3, 6, 12]) }}
{%- endmacro %}


{#- What is counted of the invoices that dt_ref sees, and of which. A cent of tolerance. #}
{% macro book_counts() -%}
    {{ return({
        'qt_fatura': 'true',
        'qt_exigivel': 'fl_exigivel',
        'qt_vencida': 'fl_vencida',
        'qt_em_dia': 'fl_vencida and fl_paga_em_dia',
        'qt_minimo_em_dia': 'fl_vencida and fl_minimo_em_dia',
        'qt_inadimplente': 'fl_vencida and vl_pago < vl_minimo - 1',
        'qt_atraso': 'fl_vencida and nr_dias_atraso > 0',
        'qt_parcial':
            'fl_vencida and vl_pago > 0 and vl_pago >= vl_minimo - 1 '
            ~ 'and vl_pago < vl_fatura - 1',
        'qt_sem_pagamento': 'fl_vencida and vl_pago <= 0',
    }) }}
{%- endmacro %}


{#- What is summed, and of which; amounts in cents. #}
{% macro book_amounts() -%}
    {{ return({
        'vl_exigivel': ('vl_fatura', 'fl_exigivel'),
        'vl_minimo': ('vl_minimo', 'fl_exigivel'),
        'vl_credor': ('-vl_fatura', 'vl_fatura < 0'),
        'vl_vencida': ('vl_fatura', 'fl_vencida'),
        'vl_pago': ('vl_pago', 'fl_vencida'),
        'vl_inadimplente':
            ('vl_fatura - vl_pago', 'fl_vencida and vl_pago < vl_minimo - 1'),
        'vl_aberto':
            ('vl_fatura - vl_pago', 'fl_vencida and vl_pago < vl_fatura'),
        'vl_excedente':
            ('vl_pago - vl_fatura', 'fl_vencida and vl_pago > vl_fatura'),
        'nr_dias_atraso': ('nr_dias_atraso', 'fl_vencida'),
    }) }}
{%- endmacro %}


{#- How many different small numbers a group holds; `count(distinct)` would sort. #}
{% macro distinct_bits(expression) -%}
    {{- adapter.dispatch('distinct_bits', 'mirante')(expression) -}}
{%- endmacro %}


{% macro default__distinct_bits(expression) -%}
    count(distinct {{ expression }})
{%- endmacro %}


{% macro postgres__distinct_bits(expression) -%}
    bit_count(cast(bit_or(1 << {{ expression }}) as bit(32)))
{%- endmacro %}


{#- Cents to money. #}
{% macro money(cents) -%}
    cast({{ cents }} * 0.01 as numeric(15, 2))
{%- endmacro %}


{#- Each invoice as dt_ref sees it: a CTE's select, `meses` being the dt_refs in question
    and invoices issued so many months before them. Joined by equality, one age after the
    other: by a range, every invoice would be held against every dt_ref. #}
{% macro invoices_seen(meses, first=1, last=12) -%}
    select
        meses.nr_ref,
        situacoes.id_cliente,
        idades.idade as nr_meses_atras,
        situacoes.vl_fatura,
        situacoes.vl_minimo,
        situacoes.vl_pago,
        situacoes.vl_fatura > 0 as fl_exigivel,
        situacoes.vl_fatura > 0
        and situacoes.dt_limite < meses.dt_ref as fl_vencida,
        situacoes.fl_paga_em_dia,
        situacoes.fl_minimo_em_dia,
        coalesce(
            situacoes.nr_dias_atraso, meses.dt_ref - situacoes.dt_vencimento
        ) as nr_dias_atraso,
        situacoes.fl_minimo_ausente,
        situacoes.fl_minimo_limitado
    from {{ ref('int_cartoes__faturas_situacoes') }} as situacoes
    cross join {{ ages(first, last) }}
    inner join meses
        on
            situacoes.nr_mes_emissao + idades.idade = meses.nr_ref
            and situacoes.nr_ref_de <= meses.nr_ref
            and situacoes.nr_ref_ate > meses.nr_ref
    where
        {{ months_in_reach('situacoes.nr_mes_emissao', meses, first, last) }}
{%- endmacro %}


{#- Months back from dt_ref, as a relation. #}
{% macro ages(first, last) -%}
    (
        values
        {%- for age in range(first, last + 1) %}
        ({{ age }}){{ "," if not loop.last }}
        {%- endfor %}
    ) as idades (idade)
{%- endmacro %}


{#- The months that the dt_refs in question look back on, as literals. #}
{% macro months_in_reach(column, meses, first=1, last=12) -%}
    {%- set bounds = namespace(first=0, last=0) -%}
    {%- if execute and load_relation(meses) is not none -%}
        {%- set row = run_query(
            'select coalesce(min(nr_ref), 0), coalesce(max(nr_ref), 0) from ' ~ meses
        ).rows[0] -%}
        {%- set bounds.first = row[0] - last -%}
        {%- set bounds.last = row[1] - first -%}
    {%- endif -%}
    {{ column }} between {{ bounds.first }} and {{ bounds.last }}
{%- endmacro %}


{#- Rows of the book that are computed anew, or that no dt_ref stands for any longer. #}
{% macro months_to_rebuild() -%}
    dt_ref in (select dt_ref from {{ ref('int_cartoes__meses_a_fechar') }})
    or dt_ref not in (select dt_ref from {{ ref('int_cartoes__meses_referidos') }})
{%- endmacro %}
