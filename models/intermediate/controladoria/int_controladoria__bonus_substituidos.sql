{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_invoice_lines()) }}',
    )
}}

-- Good lines of invoices that a newer file has again. All of them go, however
-- many the newer file has: a line alone has no name to be found by.

with

{{ superseded_lines(
    ref('int_controladoria__bonus_validos'),
    'nota_id',
    affected_invoice_lines(),
    whole_file=true
) }},

final as (

    select
        arquivo_id,
        nr_linha,
        split_part(nota_id, chr(31), 1) as idnfsexterno
    from numeradas
    where nr_da_mais_nova > 1

)

select * from final
