{% macro raw_line(relation) -%}
    {{- adapter.dispatch('raw_line', 'mirante')(relation) -}}
{%- endmacro %}


{#- The loader's bookkeeping starts with an underscore; only what came is content. -#}
{% macro postgres__raw_line(relation) -%}
    jsonb_strip_nulls(to_jsonb({{ relation }}) - array[
        '_arquivo', '_arquivo_sha256', '_linha', '_carregado_em', '_marca_decimal'
    ])
{%- endmacro %}
