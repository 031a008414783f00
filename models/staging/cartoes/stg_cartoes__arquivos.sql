with

arquivos as (

    select * from {{ source('raw_cartoes', 'arquivos') }}

),

loads as (

    select * from {{ source('raw_cartoes', '_dlt_loads') }}

),

faturas as (

    select * from {{ source('raw_cartoes', 'faturas') }}

),

pagamentos as (

    select * from {{ source('raw_cartoes', 'pagamentos') }}

),

-- A file whose load was cut off has a row in the manifest, but no completed
-- load, or lines that are not attached (or are those of an earlier load). Any
-- line will do: `limit` keeps this a look into one partition for each file; a
-- join would read every line that ever landed.
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
    cross join lateral (
        (
            select 1 from faturas
            where
                arquivos.entidade = 'faturas'
                and faturas._arquivo_sha256 = arquivos._arquivo_sha256
                and faturas._carregado_em = arquivos._carregado_em
            limit 1  -- noqa: AM09
        )
        union all
        (
            select 1 from pagamentos
            where
                arquivos.entidade = 'pagamentos'
                and pagamentos._arquivo_sha256 = arquivos._arquivo_sha256
                and pagamentos._carregado_em = arquivos._carregado_em
            limit 1  -- noqa: AM09
        )
    ) as attached

)

select * from complete
