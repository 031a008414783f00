-- Frozen for the build: a file that lands while dbt is at work waits for the
-- next one, in every model alike.

with

final as (

    select * from {{ ref('stg_controladoria__arquivos') }}

)

select * from final
