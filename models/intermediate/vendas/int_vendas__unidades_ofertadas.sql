with

meses as (

    select * from {{ ref('int_vendas__meses_vistos') }}

),

unidades as (

    select * from {{ ref('int_vendas__unidades_lancadas') }}

),

situacoes as (

    select * from {{ ref('int_vendas__unidades_situadas') }}

),

vendas as (

    select * from {{ ref('int_vendas__vendas_brutas') }}
    where unidade_id is not null

),

-- Units that the map shows as sold while no sale of them is known were sold
-- outside the CRM: they are on nobody's offer. One sold after dt_base is known.
com_venda as (

    select unidade_id from vendas
    union
    select unidade_id from {{ ref('stg_cvcrm__reservas') }}
    where {{ is_sale('ativo', 'dt_venda') }}
    union
    select unidade_id from {{ ref('stg_cvcrm__distratos') }}

),

-- Sold at the month's first instant: a distrato of that very day comes later.
vendidas as (

    select distinct
        meses.mes,
        vendas.unidade_id
    from meses
    inner join vendas
        on
            meses.mes > vendas.dt_venda
            and (
                vendas.dt_distrato is null
                or meses.mes <= vendas.dt_distrato
            )

),

candidates as (

    select
        meses.mes,
        unidades.unidade_id,
        unidades.empreendimento_id,
        unidades.dt_lancamento,
        unidades.dt_lancamento >= meses.mes as fl_lancamento,
        situacoes.vl_unidade,
        coalesce(
            situacoes.fl_bloqueada
            and case
                when situacoes.dt_bloqueio is not null
                    then situacoes.dt_bloqueio <= meses.mes
                else situacoes.conhecida_em <= meses.inicio_em
            end,
            false
        ) as fl_bloqueada,
        coalesce(situacoes.fl_vendida, false)
        and com_venda.unidade_id is null as fl_vendida_fora,
        vendidas.unidade_id is not null as fl_vendida
    from meses
    inner join unidades
        on
            meses.mes_seguinte > unidades.dt_lancamento
            and meses.dt_base >= unidades.dt_lancamento
    left join situacoes
        on
            unidades.unidade_id = situacoes.unidade_id
            and meses.inicio_em >= situacoes.desde_em
            and meses.inicio_em < situacoes.ate_em
    left join com_venda
        on unidades.unidade_id = com_venda.unidade_id
    left join vendidas
        on
            meses.mes = vendidas.mes
            and unidades.unidade_id = vendidas.unidade_id

),

offered as (

    select
        mes,
        unidade_id,
        empreendimento_id,
        fl_lancamento,
        vl_unidade,
        case when fl_lancamento then dt_lancamento else mes end as dt_oferta
    from candidates
    where
        not fl_vendida_fora
        and (fl_lancamento or not (fl_bloqueada or fl_vendida))

),

precos as (

    select
        unidade_id,
        dt_vigencia_de,
        dt_vigencia_ate,
        tabela_id,
        nullif(vl_preco, 0) as vl_preco
    from {{ ref('stg_cvcrm__unidades_precos') }}
    where coalesce(ativo, 'S') != 'N'

),

priced as (

    select
        offered.mes,
        offered.unidade_id,
        precos.vl_preco,
        row_number() over (
            partition by offered.mes, offered.unidade_id
            order by precos.dt_vigencia_de desc, precos.tabela_id desc
        ) as nr_preco
    from offered
    inner join precos
        on
            offered.unidade_id = precos.unidade_id
            and offered.dt_oferta >= precos.dt_vigencia_de
            and (
                precos.dt_vigencia_ate is null
                or offered.dt_oferta <= precos.dt_vigencia_ate
            )
    where precos.vl_preco is not null

),

final as (

    select
        offered.mes,
        offered.unidade_id,
        offered.empreendimento_id,
        offered.fl_lancamento,
        coalesce(priced.vl_preco, nullif(offered.vl_unidade, 0)) as vl_preco
    from offered
    left join priced
        on
            offered.mes = priced.mes
            and offered.unidade_id = priced.unidade_id
            and priced.nr_preco = 1

)

select * from final
