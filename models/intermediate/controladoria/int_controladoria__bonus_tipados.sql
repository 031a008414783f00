{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['carregado_em'], 'type': 'brin'},
            {'columns': ['idnfsexterno']},
        ],
    )
}}
{%- set arquivos = ref('int_controladoria__arquivos_completos') %}

-- Lines never change, so each file's are typed once.

with

arquivos as (

    select * from {{ ref('int_controladoria__arquivos_completos') }}

),

bonus as (

    select * from {{ ref('stg_controladoria__bonus') }}
    where {{ unseen_files(arquivos, 'bonus') }}

),

final as (

    select
        arquivos.arquivo_id,
        bonus.idnfsexterno,
        bonus.des_modelo,
        bonus.competencia,
        -- The lines of one invoice in one competência: they come together. The
        -- character between the two is in no text.
        bonus.idnfsexterno || chr(31) || coalesce(bonus.competencia, '')
            as nota_id,
        bonus.valor_bonus,
        bonus.trade,
        bonus.bonus_dpto,
        bonus.trade_mkt_dpto,
        bonus.bonus_utilizado,
        bonus.apontamento,
        bonus.nr_linha,
        bonus.vl_bonus,
        bonus.vl_trade,
        bonus.vl_bonus_dpto,
        bonus.vl_trade_mkt_dpto,
        bonus.dt_processamento,
        arquivos.mes_arquivo,
        cardinality(bonus.colunas_invalidas) > 0 as fl_tipo_invalido,
        bonus.fl_data_impossivel,
        coalesce(bonus.extras ? '_excedente', false) as fl_excedente,
        bonus.carregado_em
    from bonus
    inner join arquivos
        on bonus.arquivo_sha256 = arquivos.arquivo_sha256

)

select * from final
