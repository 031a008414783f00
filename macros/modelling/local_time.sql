{% macro local_date(expression) -%}
    {{- adapter.dispatch('local_date', 'mirante')(expression) -}}
{%- endmacro %}


{% macro postgres__local_date(expression) -%}
    cast({{ expression }} at time zone 'America/Sao_Paulo' as date)
{%- endmacro %}


{% macro local_midnight(expression) -%}
    {{- adapter.dispatch('local_midnight', 'mirante')(expression) -}}
{%- endmacro %}


{#- Without a time zone, in UTC, as history keeps its moments. #}
{% macro postgres__local_midnight(expression) -%}
    cast({{ expression }} as timestamp)
    at time zone 'America/Sao_Paulo' at time zone 'UTC'
{%- endmacro %}
