{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_invoices()) }}',
    )
}}

-- Good lines that a newer good line of their key took the place of.

with

{{ superseded_lines(
    ref('int_cartoes__faturas_validas'),
    'id_fatura',
    affected_invoices()
) }},

final as (

    select
        arquivo_id,
        nr_linha,
        id_fatura
    from numeradas
    where nr_da_mais_nova > 1

)

select * from final
