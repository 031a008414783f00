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
{%- set arquivos = ref('int_cartoes__arquivos_completos') %}

-- Lines never change, so each file's are typed once. No verdict here: a value
-- that was there and has no type now tells itself by `qt_preenchida`, and
-- asking for it in this select would do every cast twice.

with

arquivos as (

    select * from {{ ref('int_cartoes__arquivos_completos') }}

),

faturas as (

    select * from {{ ref('stg_cartoes__faturas') }}
    where {{ unseen_files(arquivos, 'faturas') }}

),

final as (

    select
        arquivos.arquivo_id,
        faturas.id_fatura,
        faturas.id_cliente,
        faturas.bandeira,
        faturas.status_fatura,
        faturas.moeda,
        faturas.nr_linha,
        faturas.vl_fatura,
        faturas.vl_pagamento_minimo,
        faturas.vl_limite_credito,
        faturas.dt_emissao,
        faturas.dt_vencimento,
        arquivos.mes_arquivo,
        faturas.qt_preenchida,
        coalesce(faturas.extras ? '_excedente', false) as fl_excedente,
        faturas.carregado_em
    from faturas
    inner join arquivos
        on faturas.arquivo_sha256 = arquivos.arquivo_sha256

)

select * from final
