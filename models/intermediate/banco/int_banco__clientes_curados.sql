{%- set afetados = affected_bank_clients() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['cliente_id'], 'unique': true},
            {'columns': ['conhecido_em']},
        ],
        pre_hook='{{ delete_when_incremental(affected_bank_clients()) }}',
    )
}}

with

validos as (

    select
        *,
        min(carregado_em) over (partition by cliente_id) as conhecido_em
    from {{ ref('int_banco__clientes_validos') }}
    {% if is_incremental() -%}
        where {{ afetados }}
    {%- endif %}

),

substituidas as (

    select * from {{ ref('int_banco__clientes_substituidos') }}

),

final as (

    select
        validos.cliente_id,
        validos.nombre,
        validos.provincia,
        validos.documento_visto,
        validos.edad,
        cast(validos.vl_ingresos_mensuales as numeric(15, 2))
            as vl_ingresos_mensuales,
        validos.dt_nacimiento,
        validos.arquivo_id,
        validos.nr_linha,
        validos.carregado_em,
        validos.conhecido_em
    from validos
    where {{ is_not_among('substituidas', 'validos') }}

)

select * from final
