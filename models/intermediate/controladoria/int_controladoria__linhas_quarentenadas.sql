{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(healed_lines(
            ref('int_controladoria__linhas_fora'),
            ref('int_controladoria__arquivos_completos')
        )) }}",
    )
}}
{%- set fora = ref('int_controladoria__linhas_fora') %}
{%- set arquivos = ref('int_controladoria__arquivos_completos') %}

-- The cells of a line are read from its file once, when it goes to quarantine.

with

{{ new_lines_out(fora, arquivos) }},

final as (

    {{ quarantined_lines(
        'bonus',
        ref('stg_controladoria__bonus'),
        fora,
        arquivos,
        required={'idnfsexterno': 'idnfsexterno'},
        told={'DATA_IMPOSSIVEL': 'dta_processamento'},
        sheets=true,
    ) }}

)

select * from final
