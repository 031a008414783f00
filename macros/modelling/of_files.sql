{% macro of_files(column, relation) -%}
    {{- adapter.dispatch('of_files', 'mirante')(column, relation) -}}
{%- endmacro %}


{% macro default__of_files(column, relation) -%}
    {{ column }} in (select arquivo_sha256 from {{ relation }})
{%- endmacro %}


{#- As a value, known before the scan: joined, Postgres types the lines of all files
    and throws most of them away. #}
{% macro postgres__of_files(column, relation) -%}
    {{ column }} = any(array(select arquivo_sha256 from {{ relation }}))
{%- endmacro %}
