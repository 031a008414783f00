with

unidades as (

    select * from {{ ref('stg_cvcrm__unidades') }}

),

precos as (

    select * from {{ ref('stg_cvcrm__unidades_precos') }}
    where coalesce(ativo, 'S') != 'N'

),

reservas as (

    select * from {{ ref('int_vendas__vendas_reunidas') }}
    where unidade_id is not null

),

-- Units that only prices or reservations name were on offer too.
known as (

    select
        unidade_id,
        empreendimento_id,
        empreendimento,
        {{ local_date('visto_em') }} as dt_carga,
        cast(null as date) as dt_vigencia,
        cast(null as date) as dt_reserva
    from unidades
    union all
    select
        unidade_id,
        empreendimento_id,
        empreendimento,
        null as dt_carga,
        dt_vigencia_de as dt_vigencia,
        null as dt_reserva
    from precos
    union all
    select
        unidade_id,
        empreendimento_id,
        empreendimento,
        null as dt_carga,
        null as dt_vigencia,
        coalesce(dt_cadastro, dt_venda) as dt_reserva
    from reservas

),

grouped as (

    select
        unidade_id,
        -- The unit's own row says where it belongs, if it has one.
        coalesce(
            max(case when dt_carga is not null then empreendimento_id end),
            max(empreendimento_id)
        ) as empreendimento_id,
        min(dt_vigencia) as dt_primeira_vigencia,
        min(dt_reserva) as dt_primeira_reserva,
        min(dt_carga) as dt_primeira_carga
    from known
    group by 1

),

final as (

    select
        *,
        least(dt_primeira_vigencia, dt_primeira_reserva, dt_primeira_carga)
            as dt_lancamento
    from grouped

)

select * from final
