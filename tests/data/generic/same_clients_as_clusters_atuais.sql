{% test same_clients_as_clusters_atuais(model) %}

with

cruzados as (

    select
        perfil,
        cluster_estavel,
        sum(qt_cliente) as qt_cliente
    from {{ model }}
    group by 1, 2

),

atuais as (

    select
        perfil,
        cluster_estavel,
        count(*) as qt_cliente
    from {{ ref('vw_clusters_atuais') }}
    group by 1, 2

)

select
    atuais.*,
    cruzados.qt_cliente as qt_cliente_cruzado
from atuais
full outer join cruzados
    on
        atuais.perfil = cruzados.perfil
        and atuais.cluster_estavel = cruzados.cluster_estavel
where atuais.qt_cliente is distinct from cruzados.qt_cliente

{% endtest %}
