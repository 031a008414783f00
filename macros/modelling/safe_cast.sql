{#- Unit tests cast given and expected values to the column's type, and to Postgres's
    catalogue every array is an "ARRAY", which is no type to cast to. -#}
{% macro postgres__safe_cast(field, type) -%}
    cast({{ field }} as {{ 'text[]' if type == 'ARRAY' else type }})
{%- endmacro %}
