{%- set given = var('dt_base', none) -%}

with

{% if given %}
    base as (

        select cast('{{ given }}' as date) as dt_base

    ),
{% else %}
    carga as (

        select {{ local_date('max(carregado_em)') }} as dt_carga
        from {{ ref('int_banco__arquivos_completos') }}

    ),

    -- A date after the newest file came is a typing error, and must not push
    -- the window past everybody's months.
    base as (

        select
            cast({{ dbt.dateadd('day', 1, 'max(dt_fecha)') }} as date)
                as dt_base
        from {{ ref('transacciones') }}
        where dt_fecha <= (select carga.dt_carga from carga)

    ),
{% endif %}

final as (

    select
        dt_base,
        {{ month_start('dt_base') }} as mes,
        cast({{ dbt.dateadd('month', -12, month_start('dt_base')) }} as date)
            as dt_inicio_12m
    from base

)

select * from final
