-- What `series_classe` does not know is in no component of the pró-soluto:
-- teach the seed and build again.

{{ config(severity='warn', store_failures=true) }}

select
    serie,
    count(*) as qt_condicao,
    sum(valor_total) as valor_total
from {{ ref('valores_reservas') }}
where classe = 'SEM CLASSE'
group by 1
