{%- set regras = [
    'trade_marketing',
    'pendente_verificacao',
    'validacao_valores',
    'pagamento_outro_cliente',
    'fatura_contra_pagamentos',
    'prosoluto_inconsistente',
    'comissao_acima_percentual',
    'saldo_acima_valor',
] -%}
{#- Emptied and filled in one transaction, never dropped: views that are read at
    any time stand on it. -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false,
        indexes=[{'columns': ['caso'], 'unique': true}],
        pre_hook="{{ delete_when_incremental('true') }}",
    )
}}

with

encontradas as (
    {%- for regra in regras %}

        select * from {{ ref('int_divergencias__' ~ regra) }}

        {{ "union all" if not loop.last }}
    {%- endfor %}
),

regras as (

    select * from {{ ref('divergencia_regras') }}

),

final as (

    select
        {{ case_id(
            'encontradas.regra',
            'encontradas.chave',
            'encontradas.campo',
            'encontradas.competencia'
        ) }} as caso,
        {{ case_id(
            'encontradas.valor_atual',
            'encontradas.valor_sugerido',
            'regras.versao'
        ) }} as evidencia,
        encontradas.regra,
        regras.versao as versao_regra,
        regras.severidade,
        encontradas.fonte,
        encontradas.chave,
        encontradas.campo,
        encontradas.competencia,
        encontradas.cliente_id,
        encontradas.valor_atual,
        encontradas.valor_sugerido,
        cast(
            least(regras.confianca_base + encontradas.confianca_adicional, 1)
            as numeric(5, 4)
        ) as confianca_base,
        -- Without a suggestion there is nothing to do by itself.
        regras.fl_automatica and encontradas.valor_sugerido is not null
            as fl_automatica,
        encontradas.dt_processamento
    from encontradas
    inner join regras
        on encontradas.regra = regras.regra

)

select * from final
