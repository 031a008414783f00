{% macro is_castable(expression, type) -%}
    {{- adapter.dispatch('is_castable', 'mirante')(expression, type) -}}
{%- endmacro %}


{% macro default__is_castable(expression, type) -%}
    try_cast({{ expression }} as {{ type }}) is not null
{%- endmacro %}


{% macro postgres__is_castable(expression, type) -%}
    pg_input_is_valid({{ expression }}, '{{ type }}')
{%- endmacro %}


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
