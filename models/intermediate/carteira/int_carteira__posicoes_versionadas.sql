{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        full_refresh=false,
        pre_hook='{{ delete_when_incremental(
            of_positions_taken_back(utc=true)
        ) }}',
    )
}}

-- Built after history. A position that changed nothing has left no row there,
-- but it may have, once an earlier one is taken back. Never rebuilt: only
-- history as it was at each build tells.

with

atual as (

    select
        arquivo_sha256,
        carregado_em at time zone 'utc' as carregado_em
    from {{ ref('carteira__reconciliacao_arquivos') }}
    where entidade = 'contratos'
    order by carregado_em desc
    limit 1

),

vistas as (

    select * from atual

    {% if not is_incremental() -%}
        union distinct

        -- What history has seen before there was this table.
        select
            contratos.arquivo_sha256,
            contratos.carregado_em
        from {{ ref('contratos') }} as contratos
    {%- endif %}

),

final as (

    select * from vistas
    {% if is_incremental() -%}
        where
            carregado_em not in (
                select conhecidas.carregado_em from {{ this }} as conhecidas
            )
    {%- endif %}

)

select * from final
