{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='chave',
        merge_exclude_columns=['linha_id'],
        on_schema_change='fail',
        full_refresh=false,
    )
}}

-- Never rebuilt: the ids live in this table alone.

with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

categorias as (

    select * from {{ ref('int_carteira__categorias_atuais') }}

),

{{ stable_dimension('contratos', 'linha', 'linha_id') }},

final as (

    select
        dimension.linha_id,
        dimension.chave,
        dimension.linha,
        dimension.grafias,
        coalesce(categorias.categoria, 'SEM CATEGORIA') as categoria,
        dimension.qt_contrato
    from dimension
    left join categorias
        on dimension.chave = categorias.linha_chave

)

select * from final
