{#- What a month's sales over offer is made of, summed over a CTE with these columns. #}
{% macro vso_sums() -%}
    {%- for column in ['bruta', 'distrato', 'estoque', 'lancamento', 'com_valor'] %}
    cast(sum(qt_{{ column }}) as integer) as qt_{{ column }},
    {%- endfor %}
    {%- for column in
        ['bruto', 'distrato', 'estoque', 'lancamento', 'vigente', 'com_valor']
    %}
    sum(vl_{{ column }}) as vl_{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
