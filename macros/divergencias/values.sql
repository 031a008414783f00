{#- A value as cases show it: a number with two decimals, or the text that is none. #}
{% macro amount_text(number, text) -%}
    coalesce(
        cast(cast({{ number }} as numeric(15, 2)) as {{ dbt.type_string() }}),
        {{ filled(text) }}
    )
{%- endmacro %}


{#- The number that a case's text is. Postgres would take NaN for one too. #}
{% macro amount_of(expression) -%}
    case
        when {{ matches(expression, '^-?\\d+(\\.\\d+)?$') }}
            then {{ try_cast(expression, 'numeric(15, 2)') }}
    end
{%- endmacro %}


{#- What a row has in the column that another one names. #}
{% macro value_of_field(row, field, fields) -%}
    case {{ field }}
        {%- for name in fields %}
        when '{{ name }}' then {{ row }}.{{ name }}
        {%- endfor %}
    end
{%- endmacro %}
