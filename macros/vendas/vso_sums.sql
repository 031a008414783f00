{#- What a month's sales over offer is made of, summed over a CTE with these columns. #}
{% macro vso_sums() -%}
    {%- for column in [
        'bruta', 'distrato', 'estoque', 'lancamento', 'vigente', 'com_valor'
    ] %}
    cast(sum(qt_{{ column }}) as integer) as qt_{{ column }},
    {%- endfor %}
    {%- for column in
        ['bruto', 'distrato', 'estoque', 'lancamento', 'vigente', 'com_valor']
    %}
    sum(vl_{{ column }}) as vl_{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- Money of what there is: 0 of nothing, NULL where nothing of it is known. #}
{% macro money_of(count, amount) -%}
    cast(case when {{ count }} = 0 then 0 else {{ amount }} end as numeric(18, 2))
{%- endmacro %}
