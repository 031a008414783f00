{% test known_grade(model, column_name) %}

-- Rows are named by contract and line, so that they can be found and the scale taught.
{{ config(store_failures=true) }}

select
    contratos.num_contrato,
    contratos.arquivo,
    contratos.nr_linha,
    '{{ column_name }}' as coluna,
    contratos.{{ column_name }} as risco
from {{ model }} as contratos
left join {{ ref('risco_escala') }} as escala
    on contratos.{{ column_name }} = escala.risco
where
    contratos.{{ column_name }} is not null
    and escala.risco is null

{% endtest %}
