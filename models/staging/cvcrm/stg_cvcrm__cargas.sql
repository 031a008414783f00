with

source as (

    select * from {{ source('raw_cvcrm', 'cargas') }}

),

renamed as (

    select
        ---------- strings
        endpoint,
        situacao,
        modo,
        mensagem,

        ---------- numerics
        qt_informada,
        qt_lida,
        qt_gravada,

        ---------- dates
        desde as dt_desde,
        {{ local_date('terminada_em') }} as dt_terminada,

        ---------- timestamps
        iniciada_em,
        terminada_em

    from source

)

select * from renamed
