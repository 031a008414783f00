{% macro br_boolean(expression) -%}
    case
        when {{ text_key(filled(expression)) }} in (
            'TRUE', 'VERDADEIRO', 'SIM', 'S', 'V', '1', '1.0'
        ) then true
        when {{ text_key(filled(expression)) }} in (
            'FALSE', 'FALSO', 'NAO', 'N', 'F', '0', '0.0'
        ) then false
    end
{%- endmacro %}
