{#- trim() alone leaves tabs, line breaks and the no-break space that spreadsheets put
    between R$ and an amount. -#}
{% macro trimmed(expression) -%}
    trim(both E' \t\r\n\u00a0' from {{ expression }})
{%- endmacro %}


{% macro clean_text(expression) -%}
    nullif({{ trimmed(expression) }}, '')
{%- endmacro %}


{#- Spreadsheets write "-", and accounting formats "R$ -", where there is no amount. #}
{% macro filled(expression) -%}
    case
        when not {{ matches(
            trimmed(expression), '^(R\\$[\\s\\u00a0]*)?-?$'
        ) }}
            then {{ trimmed(expression) }}
    end
{%- endmacro %}


{% macro text_key(expression) -%}
    {{- adapter.dispatch('text_key', 'mirante')(expression) -}}
{%- endmacro %}


{#- NFD splits a letter from its accents, which then drop out. -#}
{% macro postgres__text_key(expression) -%}
    nullif(upper(trim(regexp_replace(regexp_replace(
        normalize({{ expression }}, nfd), '[\u0300-\u036f]', '', 'g'
    ), '[\s\u00a0]+', ' ', 'g'))), '')
{%- endmacro %}
