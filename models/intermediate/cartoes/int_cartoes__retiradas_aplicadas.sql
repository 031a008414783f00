-- Built after the curated tables and the book: the withdrawals that they know
-- of. One that is not here has them all built anew.

-- depends_on: {{ ref('int_cartoes__book_fechamentos') }}

with

{{ applied_withdrawals(
    ref('stg_cartoes__retiradas'),
    ref('cartoes__reconciliacao_arquivos')
) }}

select * from aplicadas
