{{ config(materialized='live_view') }}

with

{{ live_divergences() }},

final as (

    select
        caso,
        evidencia,
        regra,
        versao_regra,
        severidade,
        fonte,
        chave,
        campo,
        competencia,
        cliente_id,
        valor_atual,
        valor_sugerido,
        confianca_base,
        confianca,
        fl_automatica,
        dt_processamento,
        estado,
        dt_primeira_deteccao,
        dt_ultima_deteccao
    from divergencias

)

select * from final
