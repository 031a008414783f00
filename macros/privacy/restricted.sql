{#- A table whose personal columns only those see who may read schema `pii`; everybody else
    who may read the model sees masks in their place.

    The rows are in a table of schema `pii` with the model's name. In the model's own place
    is a view on it that decides by who asks. The view is turned to a new table in the
    transaction that brings the table, readers waiting for a moment: nobody finds it
    missing, as they would if it were a model of its own. Which columns are personal (`meta: pii`), and which mask each
    gets (`meta: mascara`), stands with the columns' descriptions. #}
{% materialization restricted, adapter='postgres' %}

    {%- set view = this.incorporate(type='view') -%}
    {%- set rows = api.Relation.create(
        database=this.database,
        schema=generate_schema_name('pii', none),
        identifier=model.name,
        type='table'
    ) -%}
    {%- set new_rows = make_intermediate_relation(rows) -%}
    {%- set old_rows = make_backup_relation(rows, 'table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if not adapter.check_schema_exists(rows.database, rows.schema) -%}
        {% do adapter.create_schema(rows) %}
    {%- endif -%}

    {{ drop_relation_if_exists(adapter.get_relation(
        new_rows.database, new_rows.schema, new_rows.identifier
    )) }}
    {{ drop_relation_if_exists(adapter.get_relation(
        old_rows.database, old_rows.schema, old_rows.identifier
    )) }}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, new_rows, sql) }}
    {%- endcall %}
    {% do create_indexes(new_rows) %}
    {% call statement('analyze') -%}
        analyze {{ new_rows }}
    {%- endcall %}
    {% do persist_docs(new_rows, model) %}

    {#- A view can't be replaced by one with other columns, nor a table by a view. -#}
    {%- set same_columns = existing is not none and existing.is_view
        and restricted_columns(this) == restricted_columns(new_rows) -%}
    {#- Who reads locks the view and then its table. In the other order the two would wait
        for each other, and one be thrown out. -#}
    {% if existing is not none and existing.is_view -%}
        {% call statement('lock') -%}
            {{ without_blocking_readers(
                'lock table ' ~ this ~ ' in access exclusive mode', this
            ) }}
        {%- endcall %}
    {%- endif %}

    {%- set existing_rows = adapter.get_relation(
        rows.database, rows.schema, rows.identifier
    ) -%}
    {% if existing_rows is not none %}
        {{ adapter.rename_relation(existing_rows, old_rows) }}
    {% endif %}
    {{ adapter.rename_relation(new_rows, rows) }}

    {% call statement('view') -%}
        {% if existing is not none and not same_columns -%}
            drop {{ existing.type }} {{ this }} cascade;
        {%- endif %}
        create or replace view {{ view }} as
        {{ restricted_select(rows) }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(view, config.get('grants'), should_revoke=same_columns) %}
    {% do persist_docs(view, model) %}

    {{ adapter.commit() }}

    {{ drop_relation_if_exists(old_rows) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [view, rows]}) }}

{% endmaterialization %}


{% macro restricted_columns(relation) -%}
    {%- set found = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do found.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{% macro restricted_select(rows) -%}
    select
    {%- for column in model.columns.values() %}
        {%- set meta = column.config.meta or column.meta %}
        {%- if meta.get('pii') %}
        case
            when quem.fl_le_pii then {{ column.name }}
            else {{ masked_as(meta.get('mascara'), column.name, column.data_type) }}
        end as {{ column.name }}
        {%- else %}
        {{ column.name }}
        {%- endif %}
        {{- "," if not loop.last }}
    {%- endfor %}
    from {{ rows }}
    -- Asked once a query, not once a row.
    cross join (
        select has_schema_privilege('{{ rows.schema }}', 'usage') as fl_le_pii
        offset 0
    ) as quem
{%- endmacro %}
