with

unidades as (

    select * from {{ ref('stg_cvcrm__unidades') }}

),

final as (

    select
        ---------- ids
        unidade_id,
        empreendimento_id,
        etapa_id,
        bloco_id,

        ---------- strings
        empreendimento,
        etapa,
        bloco,
        nome,
        tipologia,
        tipo,
        andar,
        situacao,
        situacao_tipo,
        motivo_bloqueio,

        ---------- numerics
        qt_m2_privativa,
        vl_unidade,
        vl_avaliacao,
        cd_disponibilidade,

        ---------- booleans
        fl_reservada,
        fl_vendida,
        fl_bloqueada,
        fl_bloqueio_interno,
        fl_para_venda,

        ---------- dates
        dt_bloqueio,
        dt_entrega,
        dt_liberacao,

        ---------- timestamps
        cast(carregado_em at time zone 'UTC' as timestamp) as carregado_em

    from unidades

)

select * from final
