{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['carregado_em'], 'type': 'brin'},
            {'columns': ['transaccion_id']},
        ],
    )
}}
{%- set arquivos = ref('int_banco__arquivos_completos') %}

-- Lines never change, so each file's are typed once.

with

arquivos as (

    select * from {{ ref('int_banco__arquivos_completos') }}

),

transacciones as (

    select * from {{ ref('stg_banco__transacciones') }}
    where {{ unseen_files(arquivos, 'transacciones') }}

),

final as (

    select
        arquivos.arquivo_id,
        transacciones.transaccion_id,
        transacciones.cliente_id,
        transacciones.tipo,
        transacciones.comercio,
        transacciones.categoria,
        transacciones.nr_linha,
        transacciones.vl_monto,
        transacciones.dt_fecha,
        arquivos.mes_arquivo,
        transacciones.qt_preenchida,
        transacciones.fl_data_impossivel,
        coalesce(transacciones.extras ? '_excedente', false) as fl_excedente,
        transacciones.carregado_em
    from transacciones
    inner join arquivos
        on transacciones.arquivo_sha256 = arquivos.arquivo_sha256

)

select * from final
