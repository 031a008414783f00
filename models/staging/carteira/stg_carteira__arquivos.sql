with

arquivos as (

    select * from {{ source('raw_carteira', 'arquivos') }}

),

loads as (

    select * from {{ source('raw_carteira', '_dlt_loads') }}

),

-- A file whose load was cut off has lines, but no completed load.
complete as (

    select
        ---------- ids
        arquivos._arquivo_sha256 as arquivo_sha256,

        ---------- strings
        arquivos._arquivo as arquivo,
        arquivos.entidade,
        arquivos.modo,
        arquivos.marca_decimal,

        ---------- numerics
        arquivos.qt_linha,

        ---------- timestamps
        arquivos._carregado_em as carregado_em

    from arquivos
    inner join loads
        on
            arquivos._dlt_load_id = loads.load_id
            and loads.status = 0

)

select * from complete
