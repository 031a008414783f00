{#- The users' rule, and the only place that has it. #}
{% macro is_sale(ativo, data_venda) -%}
    ({{ ativo }} = 'S' and {{ data_venda }} is not null)
{%- endmacro %}
