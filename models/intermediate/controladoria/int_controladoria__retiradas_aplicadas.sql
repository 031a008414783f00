-- Built after the curated tables: the withdrawals that they know of.
-- One that is not here has them all built anew.

with

{{ applied_withdrawals(
    ref('stg_controladoria__retiradas'),
    ref('divergencias__reconciliacao_arquivos')
) }}

select * from aplicadas
