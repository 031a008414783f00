{%- set afetadas = affected_transactions() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['transaccion_id'], 'unique': true},
            {'columns': ['cliente_id', 'dt_fecha']},
        ],
        pre_hook='{{ delete_when_incremental(affected_transactions()) }}',
    )
}}

with

ligadas as (

    select * from {{ ref('int_banco__transacciones_ligadas') }}
    {% if is_incremental() -%}
        where {{ afetadas }}
    {%- endif %}

),

substituidas as (

    select * from {{ ref('int_banco__transacciones_substituidas') }}

),

final as (

    select
        ligadas.transaccion_id,
        ligadas.cliente_id,
        ligadas.dt_fecha,
        ligadas.tipo,
        cast(ligadas.vl_monto as numeric(15, 2)) as vl_monto,
        -- Transfers name by the document who received them.
        {{ without_documents('ligadas.comercio') }} as comercio,
        ligadas.categoria,
        ligadas.arquivo_id,
        ligadas.nr_linha,
        ligadas.carregado_em
    from ligadas
    where {{ is_not_among('substituidas', 'ligadas') }}

)

select * from final
