{{ config(materialized='live_view') }}

with

source as (

    {{ audit_relation('vw_divergencias_estado', {
        'caso': 'text',
        'evidencia': 'text',
        'estado': 'text',
        'primeira_deteccao': 'timestamptz',
        'ultima_deteccao': 'timestamptz',
        'decidido_por': 'text',
        'decidido_em': 'timestamptz',
    }) }}

),

renamed as (

    select
        ---------- ids
        caso,
        evidencia,

        ---------- strings
        estado,
        decidido_por,

        ---------- timestamps
        primeira_deteccao as dt_primeira_deteccao,
        ultima_deteccao as dt_ultima_deteccao,
        decidido_em

    from source

)

select * from renamed
