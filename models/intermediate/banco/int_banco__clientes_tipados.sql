{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['carregado_em']},
            {'columns': ['cliente_id']},
        ],
    )
}}
{%- set arquivos = ref('int_banco__arquivos_completos') %}

-- Lines never change, so each file's are typed once.

with

arquivos as (

    select * from {{ ref('int_banco__arquivos_completos') }}

),

clientes as (

    select * from {{ ref('stg_banco__clientes') }}
    where {{ unseen_files(arquivos, 'clientes') }}

),

final as (

    select
        arquivos.arquivo_id,
        clientes.cliente_id,
        clientes.nombre,
        clientes.provincia,
        clientes.documento_visto,
        clientes.nr_linha,
        clientes.edad,
        clientes.vl_ingresos_mensuales,
        clientes.dt_nacimiento,
        arquivos.mes_arquivo,
        clientes.qt_preenchida,
        clientes.fl_data_impossivel,
        coalesce(clientes.extras ? '_excedente', false) as fl_excedente,
        clientes.carregado_em
    from clientes
    inner join arquivos
        on clientes.arquivo_sha256 = arquivos.arquivo_sha256

)

select * from final
