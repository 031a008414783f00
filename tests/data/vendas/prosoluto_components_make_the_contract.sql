{{ config(store_failures=true) }}

select
    reserva_id,
    valor_contrato,
    valor_prosoluto,
    valor_financiamento,
    valor_fgts,
    valor_subsidio
from {{ ref('prosoluto') }}
where
    valor_contrato
    != valor_prosoluto
    + coalesce(valor_financiamento, 0)
    + coalesce(valor_fgts, 0)
    + coalesce(valor_subsidio, 0)
