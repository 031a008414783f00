{% macro analyze_table() -%}
    {{- adapter.dispatch('analyze_table', 'mirante')() -}}
{%- endmacro %}


{% macro default__analyze_table() -%}
{%- endmacro %}


{#- A table just made has no statistics, and the model after it would be planned as if
    it were empty: a nested loop then costs minutes. #}
{% macro postgres__analyze_table() -%}
    {%- if model.config.materialized not in ('view', 'live_view', 'restricted') -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
