{%- set given = var('dt_base', none) -%}

with

reservas as (

    select max(dt_venda) as dt_venda from {{ ref('stg_cvcrm__reservas') }}

),

vendas as (

    select max(dt_venda) as dt_venda from {{ ref('stg_cvcrm__vendas') }}

),

cargas as (

    select max(dt_terminada) as dt_carga
    from {{ ref('stg_cvcrm__cargas') }}
    where situacao in ('ok', 'incompleta')

),

base as (

    select
        {% if given -%}
            cast('{{ given }}' as date) as dt_base
        {%- else -%}
            greatest(
                reservas.dt_venda, vendas.dt_venda, cargas.dt_carga
            ) as dt_base
        {%- endif %}
    from reservas
    cross join vendas
    cross join cargas

),

final as (

    select
        dt_base,
        {{ month_start('dt_base') }} as mes,
        cast({{ dbt.dateadd('month', -23, month_start('dt_base')) }} as date)
            as dt_inicio_24m,
        cast({{ dbt.dateadd('month', -12, 'dt_base') }} as date)
            as dt_antes_12m,
        cast({{ dbt.dateadd('year', -1, 'dt_base') }} as date)
            as dt_base_ano_passado,
        -- A day in the past is shown as it stood then; without one, all that is
        -- known counts.
        {% if given -%}
            {{ local_midnight(dbt.dateadd('day', 1, 'dt_base')) }}
        {%- else -%}
            cast('9999-12-31' as timestamp)
        {%- endif %} as conhecido_antes_de
    from base

)

select * from final
