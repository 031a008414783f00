{#- A competência as cases name it: the date where it reads as one, else the text as it came.
    Digits alone are a day in Excel's five or in AAAAMMDD; 202609 is a month and 2026 a
    year, which as serial numbers would be days of other centuries. #}
{% macro competence_text(expression) -%}
    case
        when {{ matches(trimmed(expression), '^(\\d{1,4}|\\d{6,7}|\\d{9,})$') }}
            then {{ trimmed(expression) }}
        else
            coalesce(
                cast({{ br_date(expression) }} as {{ dbt.type_string() }}),
                {{ clean_text(expression) }}
            )
    end
{%- endmacro %}
