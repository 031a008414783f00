{#- What the files since the last complete build of the curated tables touch. #}


{% macro affected_bank_clients() -%}
    cliente_id in (
        select novos.cliente_id
        from {{ ref('int_banco__clientes_tipados') }} as novos
        where novos.carregado_em > {{ curated_until('cliente_360') }}
    )
{%- endmacro %}


{#- Those of new lines, and those of clients seen for the first time: they may have waited. #}
{% macro affected_transactions() -%}
    transaccion_id in (
        select novas.transaccion_id
        from {{ ref('int_banco__transacciones_tipadas') }} as novas
        where novas.carregado_em > {{ curated_until('cliente_360') }}

        union all

        select do_cliente.transaccion_id
        from {{ ref('int_banco__transacciones_tipadas') }} as do_cliente
        inner join {{ ref('int_banco__clientes_curados') }} as novos
            on do_cliente.cliente_id = novos.cliente_id
        where novos.conhecido_em > {{ curated_until('cliente_360') }}
    )
{%- endmacro %}
