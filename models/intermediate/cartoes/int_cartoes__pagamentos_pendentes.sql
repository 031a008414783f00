{%- set afetados = affected_payments() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_payments()) }}',
    )
}}

-- Good lines that wait for their invoice, or for its or their own correction.
-- They are looked at again whenever a file brings one of these.

with

validos as (

    select * from {{ ref('int_cartoes__pagamentos_validos') }}
    {% if is_incremental() -%}
        where {{ afetados }}
    {%- endif %}

),

faturas as (

    select
        id_fatura,
        id_cliente
    from {{ ref('faturas') }}

),

final as (

    select
        validos.arquivo_id,
        validos.nr_linha,
        validos.id_pagamento,
        case
            when faturas.id_fatura is null then 'ORFAO'
            else 'CLIENTE_DIVERGENTE'
        end as codigo
    from validos
    left join faturas
        on validos.id_fatura = faturas.id_fatura
    where
        faturas.id_fatura is null
        or faturas.id_cliente != validos.id_cliente

)

select * from final
