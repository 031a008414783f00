{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_payments()) }}',
    )
}}

-- Good lines with an invoice that a newer such line of their key took the
-- place of.

with

{{ superseded_lines(
    ref('int_cartoes__pagamentos_ligados'),
    'id_pagamento',
    affected_payments()
) }},

final as (

    select
        arquivo_id,
        nr_linha,
        id_pagamento
    from numeradas
    where nr_da_mais_nova > 1

)

select * from final
