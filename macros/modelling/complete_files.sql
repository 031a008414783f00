{#- CTEs with the files of a source that landed whole. A file whose load was cut off has a
    row in the manifest, but no completed load, or lines that are not attached (or are those
    of an earlier load). One that was taken back is in force no more. Ends with `completos`;
    the loader (`known_files`) asks the same. -#}
{% macro complete_files(source_name, entities) -%}
arquivos as (

    select * from {{ source(source_name, 'arquivos') }}

),

loads as (

    select * from {{ source(source_name, '_dlt_loads') }}

),

-- Any line will do: `limit` keeps this a look into one partition for each file;
-- a join would read every line that ever landed.
completos as (

    select arquivos.*
    from arquivos
    inner join loads
        on
            arquivos._dlt_load_id = loads.load_id
            and loads.status = 0
    cross join lateral (
        {%- for entity in entities %}
        (
            select 1 from {{ source(source_name, entity) }} as linhas
            where
                arquivos.entidade = '{{ entity }}'
                and linhas._arquivo_sha256 = arquivos._arquivo_sha256
                and linhas._carregado_em = arquivos._carregado_em
            limit 1  -- noqa: AM09
        )
        {{ "union all" if not loop.last }}
        {%- endfor %}
    ) as attached
    where arquivos.retirado_em is null

)
{%- endmacro %}
