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
    {%- set same_columns = existing is not none and existing.is_view
        and restricted_columns(view) == restricted_columns(new_view) -%}
    {% call statement('view') -%}
        drop view {{ new_view }};
        {% if existing is not none and not same_columns -%}
            drop {{ existing.type }} {{ this }} cascade;
        {%- endif %}
        create or replace view {{ view }} as
        {{ sql }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(view, config.get('grants'), should_revoke=same_columns) %}
    {% do persist_docs(view, model) %}

    {{ adapter.commit() }}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [view]}) }}

{% endmaterialization %}
