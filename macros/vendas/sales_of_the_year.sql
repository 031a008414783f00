{#- The sales of the last twelve months: after the same day of the year before, up to
    dt_base. #}
{% macro sales_of_the_year() -%}
    select vendas.*
    from {{ ref('vendas') }} as vendas
    cross join {{ ref('int_vendas__datas_base') }} as base
    where
        vendas.fl_venda
        and vendas.data_venda > base.dt_antes_12m
        and vendas.data_venda <= base.dt_base
{%- endmacro %}
