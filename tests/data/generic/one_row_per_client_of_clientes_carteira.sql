{% test one_row_per_client_of_clientes_carteira(model) %}

with

carteira as (

    select
        cliente_id,
        coalesce(sum(saldo_atual), 0) as vl_saldo
    from {{ ref('clientes_carteira') }}
    group by 1

)

select
    carteira.cliente_id,
    carteira.vl_saldo as vl_saldo_carteira,
    entrada.cliente_id as cliente_id_entrada,
    entrada.vl_saldo
from carteira
full outer join {{ model }} as entrada
    on carteira.cliente_id = entrada.cliente_id
where
    carteira.cliente_id is null
    or entrada.cliente_id is null
    or carteira.vl_saldo != coalesce(entrada.vl_saldo, 0)

{% endtest %}
