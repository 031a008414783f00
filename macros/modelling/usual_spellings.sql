{#- One row for all spellings of a text, with the most frequent one. -#}
{% macro usual_spellings(relation, column) -%}
    select
        grafias.chave,
        (array_agg(
            grafias.{{ column }}
            order by grafias.qt_linha desc, grafias.{{ column }} asc
        ))[1] as {{ column }}
    from (
        select
            {{ text_key(column) }} as chave,
            {{ column }},
            count(*) as qt_linha
        from {{ relation }}
        where {{ text_key(column) }} is not null
        group by 1, 2
    ) as grafias
    group by 1
{%- endmacro %}
