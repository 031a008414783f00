{#- What the audit knows, if it is there for whoever builds to read; else the same columns and
    no row, and one warning: of the states, or of what is missing though they are there. By
    name, not as a source: whoever does not keep the audit has no such table, and the graph
    would show one that nothing makes. #}
{% macro audit_relation(name, columns) -%}
    {%- if audit_is_readable(name) -%}
        select
            {%- for column, type in columns.items() %}
            cast({{ column }} as {{ type }}) as {{ column }}
            {{- "," if not loop.last }}
            {%- endfor %}
        from {{ audit_name(name) }}
    {%- else -%}
        {%- set states = 'vw_divergencias_estado' -%}
        {%- if execute and flags.WHICH in ('build', 'run')
            and (name == states or audit_is_readable(states)) -%}
            {%- do exceptions.warn(
                'audit.' ~ name ~ ' não existe ou não pode ser lida por quem constrói: '
                ~ 'divergências aparecem sem decisões. Rode `mirante divergencias processar` '
                ~ 'e construa de novo.'
            ) -%}
        {%- endif -%}
        select
            {%- for column, type in columns.items() %}
            cast(null as {{ type }}) as {{ column }}
            {{- "," if not loop.last }}
            {%- endfor %}
        where false
    {%- endif -%}
{%- endmacro %}


{% macro audit_name(name) -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('audit', none),
        identifier=name
    )) }}
{%- endmacro %}


{% macro audit_is_readable(name) -%}
    {{ return(adapter.dispatch('audit_is_readable', 'mirante')(name)) }}
{%- endmacro %}


{% macro default__audit_is_readable(name) -%}
    {%- set relation = audit_name(name) -%}
    {{ return(execute and adapter.get_relation(
        relation.database, relation.schema, relation.identifier
    ) is not none) }}
{%- endmacro %}


{#- Asked of the catalogue: dbt does not list schemas that it does not build, and a right
    that is missing would only show as an error. #}
{% macro postgres__audit_is_readable(name) -%}
    {%- set relation = audit_name(name) -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select coalesce(bool_or("
            ~ "has_schema_privilege(pg_namespace.oid, 'usage') "
            ~ "and has_table_privilege(pg_class.oid, 'select')), false) "
            ~ "from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid "
            ~ "where nspname = '" ~ relation.schema ~ "' "
            ~ "and relname = '" ~ relation.identifier ~ "'"
        ).columns[0][0] -%}
        {{ return(found) }}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}
