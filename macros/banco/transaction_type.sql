{#- The plain form first, for nearly all are: telling it is cheaper than replacing. #}
{% macro transaction_type(expression) -%}
    case
        when {{ matches(expression, '^[a-z_]+$') }} then {{ expression }}
        else {{ regex_replace(
            'lower(' ~ expression ~ ')', '[\\s\\u00a0-]+', '_'
        ) }}
    end
{%- endmacro %}


{% macro quoted(texts) -%}
    {%- for text in texts -%}
        '{{ text }}'{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
