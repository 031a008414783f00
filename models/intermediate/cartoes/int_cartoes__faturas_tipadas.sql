{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['carregado_em']},
            {'columns': ['id_fatura']},
        ],
    )
}}

-- Lines never change, so each file's are typed once. No verdict here: a value
-- that was there and has no type now tells itself by `qt_preenchida`, and
-- asking for it in this select would do every cast twice.

with

faturas as (

    select * from {{ ref('stg_cartoes__faturas') }}
    where {{ unseen_files(ref('int_cartoes__arquivos_completos'), 'faturas') }}

),

final as (

    select
        arquivo_id,
        id_fatura,
        id_cliente,
        bandeira,
        status_fatura,
        moeda,
        nr_linha,
        vl_fatura,
        vl_pagamento_minimo,
        vl_limite_credito,
        dt_emissao,
        dt_vencimento,
        mes_arquivo,
        qt_preenchida,
        coalesce(extras ? '_excedente', false) as fl_excedente,
        carregado_em
    from faturas

)

select * from final
