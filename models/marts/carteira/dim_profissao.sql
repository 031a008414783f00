{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='chave',
        merge_exclude_columns=['profissao_id'],
        on_schema_change='fail',
        full_refresh=false,
    )
}}

-- Never rebuilt: the ids live in this table alone.

with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

{{ stable_dimension('contratos', 'profissao', 'profissao_id') }},

final as (

    select
        profissao_id,
        chave,
        profissao,
        grafias,
        qt_contrato
    from dimension

)

select * from final
