{% macro transaction_type(expression) -%}
    replace(replace(lower({{ expression }}), ' ', '_'), '-', '_')
{%- endmacro %}


{% macro quoted(texts) -%}
    {%- for text in texts -%}
        '{{ text }}'{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
