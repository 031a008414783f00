{% macro day_spine(first, last) -%}
    {{- adapter.dispatch('day_spine', 'mirante')(first, last) -}}
{%- endmacro %}


{% macro postgres__day_spine(first, last) -%}
    select cast(dia as date) as dia
    from generate_series(
        cast('{{ first }}' as date), cast('{{ last }}' as date), interval '1 day'
    ) as dia
{%- endmacro %}


{% macro integer_series(first, last) -%}
    {{- adapter.dispatch('integer_series', 'mirante')(first, last) -}}
{%- endmacro %}


{% macro postgres__integer_series(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}


{% macro is_weekend(expression) -%}
    extract(isodow from {{ expression }}) >= 6
{%- endmacro %}


{% macro month_start(expression) -%}
    cast({{ dbt.date_trunc('month', expression) }} as date)
{%- endmacro %}


{% macro year_start(expression) -%}
    cast({{ dbt.date_trunc('year', expression) }} as date)
{%- endmacro %}


{% macro year_of(expression) -%}
    cast(date_part('year', {{ expression }}) as integer)
{%- endmacro %}
