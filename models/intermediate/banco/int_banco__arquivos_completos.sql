-- Frozen for the build: a file that lands while dbt is at work waits for the
-- next one, in every model alike. What was taken back is looked up before: a
-- withdrawal in between is done by the next build.

-- depends_on: {{ ref('stg_banco__retiradas') }}

with

final as (

    select * from {{ ref('stg_banco__arquivos') }}

)

select * from final
