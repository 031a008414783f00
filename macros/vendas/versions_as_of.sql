{#- 1 for the version of a row that stood at a moment: the newest one known by then, or
    the oldest of all where none was. #}
{% macro version_rank(key, moment) -%}
    row_number() over (
        partition by {{ key }}
        order by
            case when dbt_valid_from < {{ moment }} then 0 else 1 end,
            case when dbt_valid_from < {{ moment }} then dbt_valid_from end
                desc nulls last,
            dbt_valid_from
    )
{%- endmacro %}
