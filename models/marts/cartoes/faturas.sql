{%- set afetadas = affected_invoices() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['id_fatura'], 'unique': true},
            {'columns': ['id_cliente', 'dt_emissao']},
            {'columns': ['dt_emissao']},
            {'columns': ['carregado_em'], 'type': 'brin'},
        ],
        pre_hook='{{ delete_when_incremental(affected_invoices()) }}',
    )
}}

with

validas as (

    select * from {{ ref('int_cartoes__faturas_validas') }}
    {% if is_incremental() -%}
        where {{ afetadas }}
    {%- endif %}

),

substituidas as (

    select * from {{ ref('int_cartoes__faturas_substituidas') }}

),

final as (

    select
        validas.id_fatura,
        validas.id_cliente,
        validas.dt_emissao,
        validas.dt_vencimento,
        cast(validas.vl_fatura as numeric(15, 2)) as vl_fatura,
        cast(validas.vl_pagamento_minimo as numeric(15, 2))
            as vl_pagamento_minimo,
        cast(validas.vl_limite_credito as numeric(15, 2)) as vl_limite_credito,
        validas.bandeira,
        validas.status_fatura,
        validas.moeda,
        coalesce(
            {{ month_start('validas.dt_emissao') }} != validas.mes_arquivo,
            false
        ) as fl_mes_divergente,
        validas.arquivo_id,
        validas.nr_linha,
        validas.carregado_em
    from validas
    where {{ is_not_among('substituidas', 'validas') }}

)

select * from final
