{#- Whether the table that a model grows in lacks a column that the model declares: somebody
    dropped it, or this version has learnt it. All that such a table holds comes of raw. -#}
{% macro lacks_declared_columns() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if 'lacks_declared_columns' not in model -%}
        {%- set table = adapter.get_relation(this.database, this.schema, this.identifier) -%}
        {%- set found = [] -%}
        {%- if table is not none and table.is_table -%}
            {%- for column in adapter.get_columns_in_relation(table) -%}
                {%- do found.append(column.name) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- set lost = (model.columns or {}).keys() | reject('in', found) | list -%}
        {%- do model.update({'lacks_declared_columns': (found and lost) | length > 0}) -%}
    {%- endif -%}
    {{ return(model['lacks_declared_columns']) }}
{%- endmacro %}


{#- Stop before anything is built if a table that can't be made again lost a column by hand:
    histories, numbers that were given once. dbt would put the column back empty, and take
    each row for a changed one. A column that this version has learnt is no loss: nothing was
    ever dropped there. #}
{% macro refuse_lost_columns() -%}
    {{- adapter.dispatch('refuse_lost_columns', 'mirante')() -}}
{%- endmacro %}


{#- Only Postgres tells what was dropped from what was never there. #}
{% macro default__refuse_lost_columns() -%}
    {{ return('') }}
{%- endmacro %}


{% macro postgres__refuse_lost_columns() -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'snapshot') -%}
        {{ return('') }}
    {%- endif -%}
    {%- set declared = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type == 'snapshot'
            or (node.resource_type == 'model' and node.config.full_refresh is sameas false) -%}
            {%- for column in node.columns -%}
                {%- do declared.append(
                    "('" ~ node.schema ~ "', '" ~ node.alias ~ "', '" ~ column ~ "')"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not declared -%}
        {{ return('') }}
    {%- endif -%}
    {%- set query -%}
        with

        declaradas (esquema, tabela, coluna) as (

            values {{ declared | join(', ') }}

        )

        select
            declaradas.esquema || '.' || declaradas.tabela as tabela,
            string_agg(declaradas.coluna, ', ') as colunas
        from declaradas
        inner join pg_namespace on declaradas.esquema = pg_namespace.nspname
        inner join pg_class
            on
                pg_namespace.oid = pg_class.relnamespace
                and declaradas.tabela = pg_class.relname
                and pg_class.relkind in ('r', 'p')
        where
            not exists (
                select 1
                from pg_attribute
                where
                    pg_attribute.attrelid = pg_class.oid
                    and pg_attribute.attname = declaradas.coluna
            )
            and exists (
                select 1
                from pg_attribute
                where
                    pg_attribute.attrelid = pg_class.oid
                    and pg_attribute.attisdropped
            )
        group by 1
        order by 1
    {%- endset -%}
    {%- for row in run_query(query) -%}
        {{ exceptions.raise_compiler_error(
            row[0] ~ ' perdeu fora do Mirante: ' ~ row[1] ~ '. Nada foi construído: a tabela '
            ~ 'guarda o que raw não tem mais (histórico, números dados uma vez). Devolva cada '
            ~ 'coluna de um backup; sem ele, DROP TABLE ' ~ row[0] ~ ' CASCADE; e construa: '
            ~ 'o que ela guardava recomeça.'
        ) }}
    {%- endfor -%}
    {{ return('') }}
{%- endmacro %}
