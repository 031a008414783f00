{% macro clusters_by(columns) -%}
{#- The CTEs of a table of clusters across something that a client belongs to; all
    three tables are this query. Ends with the CTE `cruzados`. -#}
{%- set keys = columns | join(', ') -%}
clientes as (

    select * from {{ ref('vw_clusters_atuais') }}

),

contados as (

    select
        perfil,
        cluster_estavel,
        rotulo,
        {{ keys }},
        count(*) as qt_cliente,
        sum(vl_saldo) as vl_saldo
    from clientes
    group by perfil, cluster_estavel, rotulo, {{ keys }}

),

cruzados as (

    select
        perfil,
        cluster_estavel,
        rotulo,
        {{ keys }},
        cast(qt_cliente as integer) as qt_cliente,
        cast(coalesce(vl_saldo, 0) as numeric(15, 2)) as vl_saldo,
        cast(
            100.0 * qt_cliente
            / sum(qt_cliente) over (partition by perfil, cluster_estavel)
            as numeric(7, 4)
        ) as pc_do_cluster,
        cast(
            100.0 * qt_cliente
            / sum(qt_cliente) over (partition by perfil, {{ keys }})
            as numeric(7, 4)
        ) as pc_no_cluster
    from contados

)
{%- endmacro %}
