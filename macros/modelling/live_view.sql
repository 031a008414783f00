{#- A view that nobody ever finds missing: replaced in place, or, if its columns are others
    now, dropped and made again in one transaction. A view of dbt's own vanishes between its
    rename and the drop, and with each table that it reads when dbt swaps that.

    So what it reads must never be dropped either: tables that are emptied and filled, other
    live views. What reads it goes with it when its columns change, and comes back when it is
    built itself. #}
{% materialization live_view, adapter='postgres' %}

    {%- set view = this.incorporate(type='view') -%}
    {%- set new_view = make_intermediate_relation(view) -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}

    {#- Under another name first: only Postgres can tell of which types its columns are. -#}
    {% call statement('main') -%}
        drop view if exists {{ new_view }};
        create view {{ new_view }} as
        {{ sql }}
    {%- endcall %}
    {#- Replacing waits for whoever reads it, and makes whoever comes next wait: only where
        there is something to replace. -#}
    {%- set same_view = existing is not none and existing.is_view
        and view_definition(view) == view_definition(new_view) -%}
    {%- set same_columns = existing is not none and existing.is_view
        and restricted_columns(view) == restricted_columns(new_view) -%}
    {% call statement('view') -%}
        drop view {{ new_view }};
        {% if not same_view -%}
        {%- if existing is not none and existing.is_view -%}
            {{ without_blocking_readers(
                'lock table ' ~ this ~ ' in access exclusive mode', this
            ) }};
        {%- endif %}
        {% if existing is not none and not same_columns -%}
            drop {{ existing.type }} {{ this }} cascade;
        {%- endif %}
        create or replace view {{ view }} as
        {{ sql }}
        {%- endif %}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(view, config.get('grants'), should_revoke=same_columns) %}
    {% do persist_docs(view, model) %}

    {{ adapter.commit() }}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [view]}) }}

{% endmaterialization %}


{#- As Postgres has parsed it: what was written otherwise and means the same is the same. #}
{% macro view_definition(view) -%}
    {{ return(run_query(
        "select pg_get_viewdef('" ~ view ~ "'::regclass)"
    ).columns[0][0]) }}
{%- endmacro %}
