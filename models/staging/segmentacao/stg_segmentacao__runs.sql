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
        perfil_chave,
        -- As it is spelt now: two names would be two histories.
        first_value(perfil) over (
            partition by perfil_chave order by run_id desc
        ) as perfil,
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
        terminado_em,
        confirmado_em

    from source

)

select * from renamed
