with

arquivos as (

    select * from {{ source('raw_carteira', 'arquivos') }}

),

loads as (

    select * from {{ source('raw_carteira', '_dlt_loads') }}

),

contratos as (

    select * from {{ source('raw_carteira', 'contratos') }}

),

categorias as (

    select * from {{ source('raw_carteira', 'categorias') }}

),

-- A file whose load was cut off has a row in the manifest, but no completed
-- load, or lines that are not attached (or are those of an earlier load). Any
-- line will do: `limit` keeps this a look into one partition for each file; a
-- join would read every line that ever landed.
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
    cross join lateral (
        (
            select 1 from contratos
            where
                arquivos.entidade = 'contratos'
                and contratos._arquivo_sha256 = arquivos._arquivo_sha256
                and contratos._carregado_em = arquivos._carregado_em
            limit 1  -- noqa: AM09
        )
        union all
        (
            select 1 from categorias
            where
                arquivos.entidade = 'categorias'
                and categorias._arquivo_sha256 = arquivos._arquivo_sha256
                and categorias._carregado_em = arquivos._carregado_em
            limit 1  -- noqa: AM09
        )
    ) as attached

)

select * from complete
