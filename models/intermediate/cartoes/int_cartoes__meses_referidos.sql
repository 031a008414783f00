-- From the month after the first emission to the one after the last, or to the
-- var dt_base.

with

extremos as (

    select
        {{ month_number('min(dt_emissao)') }} as nr_primeiro,
        {{ month_number('max(dt_emissao)') }} as nr_ultimo
    from {{ ref('faturas') }}

),

numeros as (

    select {{ integer_series('nr_primeiro + 1', 'nr_ultimo + 1') }} as nr_ref
    from extremos

),

meses as (

    select
        nr_ref,
        {{ month_of_number('nr_ref') }} as dt_ref
    from numeros

),

final as (

    select
        meses.dt_ref,
        meses.nr_ref,
        -- Whether anybody was invoiced in the month before dt_ref.
        (
            select min(faturas.dt_emissao)
            from {{ ref('faturas') }} as faturas
            where
                faturas.dt_emissao >= {{ month_of_number('meses.nr_ref - 1') }}
                and faturas.dt_emissao < meses.dt_ref
        ) is not null as fl_mes_anterior_coberto
    from meses
    {% if var('dt_base', none) -%}
        where meses.dt_ref <= cast('{{ var("dt_base") }}' as date)
    {%- endif %}

)

select * from final
