{%- set afetadas = affected_invoice_lines() -%}
{#- Never dropped, also not by a full refresh: views that are read at any time
    stand on it. -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false,
        indexes=[{'columns': ['chave', 'competencia'], 'unique': true}],
        pre_hook='{{ delete_when_incremental(affected_invoice_lines()) }}',
    )
}}

with

validos as (

    select * from {{ ref('int_controladoria__bonus_validos') }}
    {% if is_incremental() -%}
        where {{ afetadas }}
    {%- endif %}

),

substituidos as (

    select * from {{ ref('int_controladoria__bonus_substituidos') }}

),

-- In the order of the file, which alone tells the lines of an invoice apart.
numerados as (

    select
        validos.*,
        row_number() over (
            partition by validos.nota_id
            order by validos.nr_linha
        ) as nr_da_nota
    from validos
    where {{ is_not_among('substituidos', 'validos') }}

),

final as (

    select
        {{ line_key('idnfsexterno', 'nr_da_nota') }} as chave,
        idnfsexterno,
        cast(nr_da_nota as integer) as nr_da_nota,
        des_modelo,
        competencia,
        cast(vl_bonus as numeric(15, 2)) as vl_bonus,
        cast(vl_trade as numeric(15, 2)) as vl_trade,
        cast(vl_bonus_dpto as numeric(15, 2)) as vl_bonus_dpto,
        cast(vl_trade_mkt_dpto as numeric(15, 2)) as vl_trade_mkt_dpto,
        valor_bonus,
        trade,
        bonus_dpto,
        trade_mkt_dpto,
        bonus_utilizado,
        apontamento,
        dt_processamento,
        arquivo_id,
        nr_linha,
        carregado_em
    from numerados

)

select * from final
