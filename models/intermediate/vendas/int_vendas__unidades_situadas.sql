-- Each version of a unit with the moments between which it stood. Before the
-- first one nothing is known, so that stands for all the time before.
with

versoes as (

    select * from {{ ref('historico__unidades') }}

),

final as (

    select
        unidade_id,
        dt_bloqueio,
        vl_unidade,
        -- A date alone is left over where the map says otherwise.
        case
            when cd_disponibilidade is null and fl_bloqueada is null
                then dt_bloqueio is not null
            else
                coalesce(cd_disponibilidade = 4, false)
                or coalesce(fl_bloqueada, false)
        end as fl_bloqueada,
        coalesce(cd_disponibilidade = 3, false)
        or coalesce(fl_vendida, false) as fl_vendida,
        case
            when
                row_number() over (
                    partition by unidade_id
                    order by dbt_valid_from
                ) > 1
                then dbt_valid_from
            else cast('0001-01-01' as timestamp)
        end as desde_em,
        dbt_valid_from as conhecida_em,
        dbt_valid_to as ate_em
    from versoes

)

select * from final
