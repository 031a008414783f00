-- From the month after the first emission to the one after the last, or to the
-- var dt_base.

with

extremos as (

    select
        {{ month_number('min(dt_emissao)') }} as nr_primeiro,
        {{ month_number('max(dt_emissao)') }} as nr_ultimo
    from {{ ref('faturas') }}

),

meses as (

    select
        numeros.nr_ref,
        {{ month_of_number('numeros.nr_ref') }} as dt_ref
    from extremos
    cross join
        lateral generate_series(
            extremos.nr_primeiro + 1, extremos.nr_ultimo + 1
        ) as numeros (nr_ref)  -- noqa: LT01, LT06

),

final as (

    select
        meses.dt_ref,
        meses.nr_ref,
        -- Whether anybody was invoiced in the month before dt_ref.
        exists (
            select 1
            from {{ ref('faturas') }} as faturas
            where
                faturas.dt_emissao >= {{ month_of_number('meses.nr_ref - 1') }}
                and faturas.dt_emissao < meses.dt_ref
        ) as fl_mes_anterior_coberto
    from meses
    {% if var('dt_base', none) -%}
        where meses.dt_ref <= cast('{{ var("dt_base") }}' as date)
    {%- endif %}

)

select * from final
