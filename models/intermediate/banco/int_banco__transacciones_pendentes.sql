{%- set afetadas = affected_transactions() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_transactions()) }}',
    )
}}

-- Good lines that wait for their client. They are looked at again when one
-- comes.

with

validas as (

    select * from {{ ref('int_banco__transacciones_validas') }}
    {% if is_incremental() -%}
        where {{ afetadas }}
    {%- endif %}

),

clientes as (

    select cliente_id from {{ ref('int_banco__clientes_curados') }}

),

final as (

    select
        validas.arquivo_id,
        validas.nr_linha,
        validas.transaccion_id,
        'ORFAO' as codigo
    from validas
    left join clientes
        on validas.cliente_id = clientes.cliente_id
    where clientes.cliente_id is null

)

select * from final
