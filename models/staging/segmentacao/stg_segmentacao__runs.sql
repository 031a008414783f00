with

source as (

    select * from {{ source('segmentacao', 'cluster_run') }}

),

renamed as (

    select
        ---------- ids
        run_id,
        run_anterior_id,
        entrada_sha256,

        ---------- strings
        perfil,
        situacao,
        motivo,

        ---------- numerics
        qt_cliente,
        qt_excluido,
        qt_cluster,
        cast(ari as numeric(7, 6)) as vl_ari,

        ---------- booleans
        fl_atual,

        ---------- objects
        parametros,
        versoes,
        exclusoes,
        silhuetas,
        fatores,

        ---------- timestamps
        iniciado_em,
        terminado_em

    from source

)

select * from renamed
