with

arquivos as (

    select * from {{ source('raw_cartoes', 'arquivos') }}

),

loads as (

    select * from {{ source('raw_cartoes', '_dlt_loads') }}

),

-- A file whose load was cut off has no completed load, or no lines yet.
complete as (

    select
        ---------- ids
        arquivos._arquivo_sha256 as arquivo_sha256,
        {{ file_id('arquivos._arquivo_sha256') }} as arquivo_id,

        ---------- strings
        arquivos._arquivo as arquivo,
        arquivos.entidade,
        arquivos.marca_decimal,

        ---------- numerics
        arquivos.qt_linha,

        ---------- dates
        {{ file_month('arquivos._arquivo') }} as mes_arquivo,

        ---------- timestamps
        arquivos._carregado_em as carregado_em

    from arquivos
    inner join loads
        on
            arquivos._dlt_load_id = loads.load_id
            and loads.status = 0
    where
        exists (
            select 1
            from {{ source('raw_cartoes', 'faturas') }} as faturas
            where faturas._arquivo_sha256 = arquivos._arquivo_sha256
        )
        or exists (
            select 1
            from {{ source('raw_cartoes', 'pagamentos') }} as pagamentos
            where pagamentos._arquivo_sha256 = arquivos._arquivo_sha256
        )

)

select * from complete
