with

runs as (

    select * from {{ ref('stg_segmentacao__runs') }}
    where fl_atual

),

clientes as (

    select * from {{ ref('stg_segmentacao__clientes') }}

),

resumos as (

    select * from {{ ref('stg_segmentacao__resumos') }}

),

-- A client who changed perfil is in the new one's run and, until that runs
-- again, in the old one's.
ranked as (

    select
        clientes.*,
        runs.perfil,
        runs.terminado_em as segmentado_em,
        row_number() over (
            partition by clientes.cliente_id
            order by runs.terminado_em desc, runs.run_id desc
        ) as nr_ordem
    from clientes
    inner join runs
        on clientes.run_id = runs.run_id

),

final as (

    select
        ranked.cliente_id,
        ranked.perfil,
        ranked.cluster_estavel,
        resumos.rotulo,
        ranked.run_id,
        ranked.segmentado_em,
        ranked.agencia_id,
        ranked.agencia_nome,
        ranked.carteira_nome,
        ranked.linha,
        ranked.vl_saldo,
        {%- for number in range(1, 6) %}
            ranked.nr_fator_{{ number }},
        {%- endfor %}
        ranked.nr_distancia
    from ranked
    inner join resumos
        on
            ranked.run_id = resumos.run_id
            and ranked.cluster_estavel = resumos.cluster_estavel
    where ranked.nr_ordem = 1

)

select * from final
