{% test clusters_add_up_to_their_run(model) %}

select
    runs.run_id,
    runs.qt_cliente,
    sum(evolucao.qt_cliente) as qt_cliente_somado
from {{ ref('stg_segmentacao__runs') }} as runs
left join {{ model }} as evolucao
    on runs.run_id = evolucao.run_id
where runs.situacao = 'concluida'
group by 1, 2
having coalesce(sum(evolucao.qt_cliente), 0) != runs.qt_cliente

{% endtest %}
