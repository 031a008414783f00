with

runs as (

    select * from {{ ref('stg_segmentacao__runs') }}
    where situacao = 'concluida'

),

-- Every run that says something newer than the oldest of the current ones.
recentes as (

    select * from runs
    where
        confirmado_em >= (
            select min(atuais.confirmado_em)
            from runs as atuais
            where atuais.fl_atual
        )

),

clientes as (

    select * from {{ ref('stg_segmentacao__clientes') }}

),

resumos as (

    select * from {{ ref('stg_segmentacao__resumos') }}

),

-- A client who changed perfil is in the new one's run and, until that runs
-- again, in the old one's. Counted by all runs since: who has left the new one
-- as well must not come back in the old.
ranked as (

    select
        clientes.*,
        recentes.perfil,
        recentes.fl_atual,
        recentes.terminado_em as segmentado_em,
        row_number() over (
            partition by clientes.cliente_id
            order by recentes.confirmado_em desc, recentes.run_id desc
        ) as nr_ordem
    from clientes
    inner join recentes
        on clientes.run_id = recentes.run_id

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
    where
        ranked.nr_ordem = 1
        and ranked.fl_atual

)

select * from final
