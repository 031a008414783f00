{#- Most texts have no such number, and telling that is cheap. #}
{% macro without_documents(expression) -%}
    {%- set forms = '\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}(?!\\d)'
        ~ '|\\d{2}\\.?\\d{3}\\.?\\d{3}/?\\d{4}-?\\d{2}(?!\\d)' -%}
    case
        when {{ matches(expression, '\\d{2}') }}
            then {{ regex_replace(expression, forms, '***') }}
        else {{ expression }}
    end
{%- endmacro %}
