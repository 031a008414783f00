with

source as (

    select * from {{ source('raw_cvcrm', 'cargas') }}

),

-- What a load says of itself counts once it is complete. The rows of the other
-- tables need no such look: each endpoint's are merged in one transaction, and
-- one that came before its load was cut off is still what the API said.
loads as (

    select * from {{ source('raw_cvcrm', '_dlt_loads') }}
    where status = 0

),

renamed as (

    select
        ---------- strings
        source.endpoint,
        source.situacao,
        source.modo,
        source.mensagem,

        ---------- numerics
        source.qt_informada,
        source.qt_lida,
        source.qt_gravada,

        ---------- dates
        source.desde as dt_desde,
        {{ local_date('source.terminada_em') }} as dt_terminada,

        ---------- timestamps
        source.iniciada_em,
        source.terminada_em

    from source
    inner join loads
        on source._dlt_load_id = loads.load_id

)

select * from renamed
