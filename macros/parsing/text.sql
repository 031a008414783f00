{% macro clean_text(expression) -%}
    nullif(trim({{ expression }}), '')
{%- endmacro %}


{#- Spreadsheets write "-" where there is no amount. -#}
{% macro filled(expression) -%}
    nullif({{ clean_text(expression) }}, '-')
{%- endmacro %}


{% macro text_key(expression) -%}
    {{- adapter.dispatch('text_key', 'mirante')(expression) -}}
{%- endmacro %}


{#- NFD splits a letter from its accents, which then drop out. -#}
{% macro postgres__text_key(expression) -%}
    nullif(upper(trim(regexp_replace(regexp_replace(
        normalize({{ expression }}, nfd), '[\u0300-\u036f]', '', 'g'
    ), '\s+', ' ', 'g'))), '')
{%- endmacro %}
