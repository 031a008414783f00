{#- The plain form first, for nearly all are: telling it is cheaper than replacing. #}
{% macro transaction_type(expression) -%}
    case
        when {{ matches(expression, '^[a-z_]+$') }} then {{ expression }}
        else lower({{ regex_replace(text_key(expression), '[ -]+', '_') }})
    end
{%- endmacro %}


{% macro quoted(texts) -%}
    {%- for text in texts -%}
        '{{ text }}'{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
