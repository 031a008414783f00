with

atendimentos as (

    select * from {{ ref('stg_cvcrm__atendimentos') }}

),

final as (

    select
        atendimento_id,
        protocolo,
        ativo,
        situacao,
        prioridade,
        canal,
        origem,
        assunto,
        subassunto,
        tipo,
        classificacao,
        empreendimento_id,
        empreendimento,
        unidade_id,
        cliente_id,
        lead_id,
        corretor_id,
        corretor,
        imobiliaria_id,
        imobiliaria,
        responsavel,
        cast(nr_avaliacao as integer) as avaliacao,
        fl_primeiro_contato,
        qt_minuto_resposta,
        qt_minuto_finalizacao,
        cast(qt_mensagem as integer) as qt_mensagem,
        cast(qt_interacao as integer) as qt_interacao,
        dt_cadastro as data_cadastro,
        dt_situacao as data_situacao,
        dt_previsao_conclusao as data_previsao,
        dt_finalizado as data_finalizado,
        modificado_em
    from atendimentos

)

select * from final
