{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_transactions()) }}',
    )
}}

-- Good lines that a newer good line of their key took the place of.

with

{{ superseded_lines(
    ref('int_banco__transacciones_ligadas'),
    'transaccion_id',
    affected_transactions()
) }},

final as (

    select
        arquivo_id,
        nr_linha,
        transaccion_id
    from numeradas
    where nr_da_mais_nova > 1

)

select * from final
