{% macro regex_replace(expression, pattern, replacement='') -%}
    {{- adapter.dispatch('regex_replace', 'mirante')(
        expression, pattern, replacement) -}}
{%- endmacro %}


{% macro default__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}


{#- Postgres replaces the first match only, unless told. -#}
{% macro postgres__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
