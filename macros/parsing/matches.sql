{% macro matches(expression, pattern) -%}
    {{- adapter.dispatch('matches', 'mirante')(expression, pattern) -}}
{%- endmacro %}


{% macro default__matches(expression, pattern) -%}
    regexp_like({{ expression }}, '{{ pattern }}')
{%- endmacro %}


{% macro postgres__matches(expression, pattern) -%}
    {{ expression }} ~ '{{ pattern }}'
{%- endmacro %}
