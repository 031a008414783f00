with

runs as (

    select * from {{ ref('stg_segmentacao__runs') }}

),

migracoes as (

    select * from {{ ref('stg_segmentacao__migracoes') }}

),

final as (

    select
        runs.perfil,
        runs.run_id,
        runs.terminado_em as segmentado_em,
        runs.fl_atual,
        runs.run_anterior_id,
        migracoes.cluster_anterior,
        migracoes.cluster_atual,
        migracoes.qt_cliente,
        cast(
            100.0 * migracoes.qt_cliente
            / sum(migracoes.qt_cliente)
                over (
                    partition by runs.run_id, migracoes.cluster_anterior
                )
            as numeric(7, 4)
        ) as pc_do_anterior
    from migracoes
    inner join runs
        on migracoes.run_id = runs.run_id

)

select * from final
