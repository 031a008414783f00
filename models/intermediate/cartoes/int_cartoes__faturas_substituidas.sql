{%- set afetadas = affected_invoices() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_invoices()) }}',
    )
}}

-- Good lines that a newer good line of their key took the place of: a later
-- month in the file's name wins, then a later load.

with

repetidas as (

    select id_fatura
    from {{ ref('int_cartoes__faturas_validas') }}
    {% if is_incremental() -%}
        where {{ afetadas }}
    {%- endif %}
    group by 1
    having count(*) > 1

),

numeradas as (

    select
        faturas.arquivo_id,
        faturas.nr_linha,
        faturas.id_fatura,
        row_number() over (
            partition by faturas.id_fatura
            order by
                faturas.mes_arquivo desc nulls last,
                faturas.carregado_em desc
        ) as nr_da_mais_nova
    from {{ ref('int_cartoes__faturas_validas') }} as faturas
    inner join repetidas
        on faturas.id_fatura = repetidas.id_fatura

),

final as (

    select
        arquivo_id,
        nr_linha,
        id_fatura
    from numeradas
    where nr_da_mais_nova > 1

)

select * from final
