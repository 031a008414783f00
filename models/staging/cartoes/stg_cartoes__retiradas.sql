{{ config(materialized='table') }}

-- Frozen for the build, as the files are.

with

source as (

    select * from {{ source('raw_cartoes', 'arquivos') }}

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,

        ---------- timestamps
        ultima_retirada_em as retirado_em

    from source
    where ultima_retirada_em is not null

)

select * from renamed
