{#- Files are loaded one after the other, and each load's time is later than the last
    one's: a time tells what a table has seen. It is read before the model runs and
    stands in the model as a literal, so that the planner knows which partitions and
    how many rows there are. #}


{#- All of them on the first build, without naming each: a join leaves out what is not in
    `arquivos`. #}
{% macro unseen_files(arquivos, entidade) -%}
    {%- if execute and is_incremental() -%}
        {%- set query -%}
            select arquivo_sha256
            from {{ arquivos }}
            where
                entidade = '{{ entidade }}'
                and carregado_em > coalesce(
                    (select max(carregado_em) from {{ this }}),
                    cast('1900-01-01' as timestamptz)
                )
            order by 1
        {%- endset -%}
        {{- in_files('arquivo_sha256', run_query(query).columns[0].values()) -}}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro in_files(column, files) -%}
    {%- if files -%}
        {{ column }} in (
            {%- for file in files %}
            '{{ file }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}


{% macro processed_until(schema, table, since_ever=none) -%}
    {%- set until = namespace(time=none) -%}
    {%- set since_ever = not is_incremental() if since_ever is none else since_ever -%}
    {%- if execute and not since_ever -%}
        {%- set ledger = adapter.get_relation(
            database=target.database,
            schema=generate_schema_name(schema, none),
            identifier=table
        ) -%}
        {%- if ledger is not none -%}
            {%- set until.time = run_query(
                'select cast(max(carregado_em) as text) from ' ~ ledger
            ).columns[0][0] -%}
        {%- endif -%}
    {%- endif -%}
    cast('{{ until.time or '1900-01-01' }}' as timestamptz)
{%- endmacro %}


{#- A macro for `pre_hook`, in the transaction of the insert: rows that are computed anew
    go first, also those that nothing takes the place of. #}
{% macro delete_when_incremental(condition) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ condition }}
    {%- endif -%}
{%- endmacro %}
