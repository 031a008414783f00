{% macro untyped_columns(typed, dates=[]) -%}
    array_remove(array[
        {%- for column, expression in typed.items() %}
        case
            when {{ expression }} is null and {{ filled(column) }} is not null
                then '{{ column }}'
        end{{ "," if dates or not loop.last }}
        {%- endfor %}
        {%- for column in dates %}
        case
            when {{ date_text(trimmed(column)) }} is null
                and {{ filled(column) }} is not null
                then '{{ column }}'
        end{{ "," if not loop.last }}
        {%- endfor %}
    ], null)
{%- endmacro %}
