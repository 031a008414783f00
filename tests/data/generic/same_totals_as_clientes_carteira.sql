{% test same_totals_as_clientes_carteira(model) %}

with

grouped as (

    select
        coalesce(sum(qt_contrato), 0) as qt_contrato,
        coalesce(sum(vl_saldo), 0) as vl_saldo,
        coalesce(sum(vl_provisao), 0) as vl_provisao
    from {{ model }}

),

contratos as (

    select
        count(*) as qt_contrato,
        coalesce(sum(saldo_atual), 0) as vl_saldo,
        coalesce(sum(saldo_provisao), 0) as vl_provisao
    from {{ ref('clientes_carteira') }}

)

select
    grouped.*,
    contratos.qt_contrato as qt_contrato_carteira,
    contratos.vl_saldo as vl_saldo_carteira,
    contratos.vl_provisao as vl_provisao_carteira
from grouped
cross join contratos
where
    grouped.qt_contrato != contratos.qt_contrato
    or grouped.vl_saldo != contratos.vl_saldo
    or grouped.vl_provisao != contratos.vl_provisao

{% endtest %}
