with

vinculos as (

    select * from {{ ref('vinculos') }}
    where fonte = 'carteira'

),

contratos as (

    select
        vinculos.cliente_360_id,
        contratos.*,
        escala.nr_ordem as nr_risco
    from vinculos
    inner join {{ ref('clientes_carteira') }} as contratos
        on vinculos.registro = contratos.cliente_id
    left join {{ ref('risco_escala') }} as escala
        on contratos.risco_atual = escala.risco

),

-- A grade that the scale does not know may be worse than all that it knows.
piores as (

    select
        cliente_360_id,
        risco_atual,
        row_number() over (
            partition by cliente_360_id
            order by
                case when nr_risco is null then 0 else 1 end,
                nr_risco desc,
                risco_atual asc
        ) as nr_ordem
    from contratos
    where risco_atual is not null

),

-- Of several numbers in the portfolio the one that owes most.
segmentados as (

    select
        vinculos.cliente_360_id,
        clusters.perfil,
        clusters.cluster_estavel,
        clusters.rotulo,
        row_number() over (
            partition by vinculos.cliente_360_id
            order by clusters.vl_saldo desc nulls last, clusters.cliente_id asc
        ) as nr_ordem
    from vinculos
    inner join {{ ref('vw_clusters_atuais') }} as clusters
        on vinculos.registro = clusters.cliente_id

),

somados as (

    select
        cliente_360_id,
        cast(count(*) as integer) as qt_contrato,
        cast(sum(saldo_atual) as numeric(15, 2)) as vl_saldo,
        max(atraso) as nr_atraso_maximo
    from contratos
    group by 1

),

final as (

    select
        somados.cliente_360_id,
        somados.qt_contrato,
        somados.vl_saldo,
        piores.risco_atual as risco_pior,
        somados.nr_atraso_maximo,
        segmentados.perfil,
        segmentados.cluster_estavel,
        segmentados.rotulo as cluster_rotulo
    from somados
    left join piores
        on
            somados.cliente_360_id = piores.cliente_360_id
            and piores.nr_ordem = 1
    left join segmentados
        on
            somados.cliente_360_id = segmentados.cliente_360_id
            and segmentados.nr_ordem = 1

)

select * from final
