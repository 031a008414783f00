{% macro stable_dimension(relation, column, id_column) -%}
{#- The CTEs of a dimension made of a free-text column: one row per spelling-blind key,
    numbered once and for ever. Ends with the CTE `dimension`. -#}
spellings as (

    select
        {{ text_key(column) }} as chave,
        {{ column }} as grafia,
        count(*) as qt_contrato
    from {{ relation }}
    where {{ text_key(column) }} is not null
    group by 1, 2

),

{% if is_incremental() %}
known as (

    select * from {{ this }}

),

known_spellings as (

    select
        known.chave,
        grafias.grafia
    from known
    cross join lateral jsonb_array_elements_text(known.grafias) as grafias (grafia)

),

{% else %}
known as (

    select
        cast(null as integer) as {{ id_column }},
        cast(null as {{ dbt.type_string() }}) as chave
    where false

),

known_spellings as (

    select
        cast(null as {{ dbt.type_string() }}) as chave,
        cast(null as {{ dbt.type_string() }}) as grafia
    where false

),

{% endif %}
-- Spellings that left the position stay, with no weight: their rows keep their number.
all_spellings as (

    select
        chave,
        grafia,
        sum(qt_contrato) as qt_contrato
    from (
        select * from spellings
        union all
        select known_spellings.*, 0 from known_spellings
    ) as seen
    group by 1, 2

),

grouped as (

    select
        chave,
        (array_agg(grafia order by qt_contrato desc, grafia))[1] as {{ column }},
        jsonb_agg(grafia order by grafia) as grafias,
        cast(sum(qt_contrato) as integer) as qt_contrato
    from all_spellings
    group by 1

),

dimension as (

    select
        cast(
            coalesce(
                known.{{ id_column }},
                coalesce((select max({{ id_column }}) from known), 0)
                + row_number() over (
                    partition by known.{{ id_column }} is null
                    order by grouped.chave
                )
            ) as integer
        ) as {{ id_column }},
        grouped.*
    from grouped
    left join known
        on grouped.chave = known.chave

)
{%- endmacro %}
