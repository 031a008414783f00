with

source as (

    select * from {{ source('segmentacao', 'cluster_run_migracoes') }}

),

renamed as (

    select
        ---------- ids
        run_id,
        cluster_anterior,
        cluster_atual,

        ---------- numerics
        qt_cliente

    from source

)

select * from renamed
