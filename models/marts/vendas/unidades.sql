with

unidades as (

    select * from {{ ref('int_vendas__unidades_vigentes') }}

),

lancadas as (

    select * from {{ ref('int_vendas__unidades_lancadas') }}

),

final as (

    select
        unidades.unidade_id,
        unidades.empreendimento_id,
        unidades.empreendimento,
        unidades.etapa,
        unidades.bloco,
        unidades.nome as unidade,
        coalesce(unidades.tipologia, 'Sem Tipologia') as tipologia,
        unidades.tipo,
        unidades.andar,
        cast(unidades.cd_disponibilidade as integer) as cd_disponibilidade,
        {{ availability('unidades.cd_disponibilidade') }} as disponibilidade,
        unidades.situacao,
        unidades.motivo_bloqueio,
        cast(unidades.qt_m2_privativa as numeric(15, 2)) as area_privativa,
        cast(unidades.vl_unidade as numeric(15, 2)) as valor,
        cast(unidades.vl_avaliacao as numeric(15, 2)) as valor_avaliacao,
        lancadas.dt_lancamento as data_lancamento,
        unidades.dt_bloqueio as data_bloqueio,
        unidades.dt_entrega as data_entrega,
        unidades.dbt_valid_from as conhecida_desde
    from unidades
    left join lancadas
        on unidades.unidade_id = lancadas.unidade_id

)

select * from final
