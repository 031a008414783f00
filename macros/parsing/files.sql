{% macro file_id(sha256) -%}
    {{- adapter.dispatch('file_id', 'mirante')(sha256) -}}
{%- endmacro %}


{#- 60 of the hash's bits: enough to tell files apart, and an eighth of the bytes that
    the hash would take on every line. #}
{% macro postgres__file_id(sha256) -%}
    cast(cast('x' || left({{ sha256 }}, 15) as bit(60)) as bigint)
{%- endmacro %}


{% macro file_month(file_name) -%}
    {{- adapter.dispatch('file_month', 'mirante')(file_name) -}}
{%- endmacro %}


{#- `_202401` and nothing else that is made of digits: an export stamp is no month. #}
{% macro postgres__file_month(file_name) -%}
    cast(
        regexp_replace(
            substring({{ file_name }} from '_((?:19|20)\d{2}(?:0[1-9]|1[0-2]))(?!\d)'),
            '(\d{4})(\d{2})', '\1-\2-01'
        ) as date
    )
{%- endmacro %}


{#- How many of some columns hold something, cheaply: what is short may be a dash. #}
{% macro filled_count(columns) -%}
    num_nonnulls(
        {%- for column in columns %}
        case
            when octet_length({{ column }}) > 4 or {{ filled(column) }} is not null
                then 1
        end
        {{- "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
