{#- Not `not in` a pair: Postgres would not turn that into an anti-join. #}
{% macro is_not_among(others, lines) -%}
    not exists (
        select 1
        from {{ others }}
        where
            {{ others }}.arquivo_id = {{ lines }}.arquivo_id
            and {{ others }}.nr_linha = {{ lines }}.nr_linha
    )
{%- endmacro %}
