with

runs as (

    select * from {{ ref('stg_segmentacao__runs') }}
    where situacao = 'concluida'

),

resumos as (

    select * from {{ ref('stg_segmentacao__resumos') }}

),

migracoes as (

    select * from {{ ref('stg_segmentacao__migracoes') }}
    where cluster_anterior is distinct from cluster_atual

),

entradas as (

    select
        run_id,
        cluster_atual as cluster_estavel,
        sum(qt_cliente) as qt_cliente
    from migracoes
    group by 1, 2

),

saidas as (

    select
        run_id,
        cluster_anterior as cluster_estavel,
        sum(qt_cliente) as qt_cliente
    from migracoes
    group by 1, 2

),

final as (

    select
        runs.perfil,
        runs.run_id,
        runs.terminado_em as segmentado_em,
        runs.fl_atual,
        runs.run_anterior_id,
        runs.vl_ari,
        resumos.cluster_estavel,
        resumos.rotulo,
        resumos.mudanca,
        resumos.cluster_relacionado,
        resumos.qt_cliente,
        resumos.pc_cliente,
        anteriores.qt_cliente as qt_cliente_anterior,
        -- Without an earlier run nobody came from anywhere.
        case
            when runs.run_anterior_id is not null
                then cast(coalesce(entradas.qt_cliente, 0) as integer)
        end as qt_entrada,
        case
            when runs.run_anterior_id is not null
                then cast(coalesce(saidas.qt_cliente, 0) as integer)
        end as qt_saida,
        resumos.nr_risco_media,
        resumos.nr_risco_mediana,
        resumos.cob_garantia_media,
        resumos.cob_garantia_mediana,
        resumos.nr_atraso_media,
        resumos.nr_atraso_mediana,
        resumos.vl_contrato_media,
        resumos.vl_contrato_mediana,
        resumos.vl_saldo_media,
        resumos.vl_saldo_mediana,
        resumos.participacoes
    from resumos
    inner join runs
        on resumos.run_id = runs.run_id
    left join resumos as anteriores
        on
            runs.run_anterior_id = anteriores.run_id
            and resumos.cluster_estavel = anteriores.cluster_estavel
    left join entradas
        on
            resumos.run_id = entradas.run_id
            and resumos.cluster_estavel = entradas.cluster_estavel
    left join saidas
        on
            resumos.run_id = saidas.run_id
            and resumos.cluster_estavel = saidas.cluster_estavel

)

select * from final
