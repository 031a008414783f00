{% macro json_numeric(expression, key) -%}
    {{- adapter.dispatch('json_numeric', 'mirante')(expression, key) -}}
{%- endmacro %}


{% macro postgres__json_numeric(expression, key) -%}
    cast({{ expression }} ->> '{{ key }}' as numeric)
{%- endmacro %}
