{% macro carteira_totals() -%}
    cast(count(*) as integer) as qt_contrato,
    cast(count(distinct contratos.cliente_id) as integer) as qt_cliente,
    cast(coalesce(sum(contratos.saldo_atual), 0) as numeric(15, 2)) as vl_saldo,
    cast(coalesce(sum(contratos.saldo_provisao), 0) as numeric(15, 2))
        as vl_provisao,
    {#- an unknown atraso is not late, but its balance is still part of the whole #}
    cast(
        100
        * coalesce(sum(contratos.saldo_atual) filter (
            where contratos.atraso > 90
        ), 0)
        / nullif(sum(contratos.saldo_atual), 0)
        as numeric(9, 4)
    ) as pc_atraso_90
{%- endmacro %}
