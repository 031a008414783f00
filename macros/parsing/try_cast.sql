{% macro try_cast(expression, type) -%}
    {{- adapter.dispatch('try_cast', 'mirante')(expression, type) -}}
{%- endmacro %}


{% macro default__try_cast(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}


{% macro postgres__try_cast(expression, type) -%}
    case
        when pg_input_is_valid({{ expression }}, '{{ type }}')
            then cast({{ expression }} as {{ type }})
    end
{%- endmacro %}
