{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[{'columns': ['id_cliente'], 'unique': true}],
        pre_hook='{{ delete_when_incremental(clients_to_close()) }}',
    )
}}
{%- set a_fechar = clients_to_close() %}

with

faturas as (

    select * from {{ ref('faturas') }}
    {% if is_incremental() -%}
        where {{ a_fechar }}
    {%- endif %}

),

final as (

    select
        id_cliente,
        {{ month_number('min(dt_emissao)') }} as nr_mes_primeira
    from faturas
    group by 1

)

select * from final
