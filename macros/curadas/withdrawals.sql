{#- CTEs that give the loads of a source that were taken back. Ends with `retiradas`. #}
{% macro withdrawn_files(files) -%}
source as (

    select * from {{ files }}

),

retiradas as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,

        ---------- timestamps
        ultima_retirada_em as retirado_em

    from source
    where ultima_retirada_em is not null

)
{%- endmacro %}


{#- CTEs that give the withdrawals which what was reconciled knows of: one that is built
    alone, without what stands before it, must not claim so. Ends with `aplicadas`. #}
{% macro applied_withdrawals(withdrawals, reconciled) -%}
retiradas as (

    select * from {{ withdrawals }}

),

reconciliados as (

    select * from {{ reconciled }}

),

aplicadas as (

    select
        retiradas.arquivo_sha256,
        retiradas.retirado_em
    from retiradas
    where
        not exists (
            select 1
            from reconciliados
            where
                reconciliados.arquivo_sha256 = retiradas.arquivo_sha256
                and reconciliados.carregado_em < retiradas.retirado_em
        )

)
{%- endmacro %}


{#- Whether a load of a source was taken back (`mirante rollback`) and what was built of it
    may still hold its lines. The table of applied withdrawals is the last of a source's, so
    a build that was cut off is done again. Two tables of a handful of rows, both looked up
    by name: they are built in the same run as those who ask.

    A model asks half a dozen times; the answer is kept where its other facts are, for
    nothing changes it until it is built. #}
{% macro has_unapplied_withdrawals(fonte) -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set fact = 'unapplied_withdrawals_' ~ fonte -%}
    {%- if fact not in model -%}
        {%- do model.update({fact: count_unapplied_withdrawals(fonte) > 0}) -%}
    {%- endif -%}
    {{ return(model[fact]) }}
{%- endmacro %}


{% macro count_unapplied_withdrawals(fonte) -%}
    {%- set withdrawn = adapter.get_relation(
        database=target.database,
        schema=generate_schema_name('staging', none),
        identifier='stg_' ~ fonte ~ '__retiradas'
    ) -%}
    {%- if withdrawn is none -%}
        {{ return(0) }}
    {%- endif -%}
    {%- set applied = adapter.get_relation(
        database=target.database,
        schema=generate_schema_name('intermediate', none),
        identifier='int_' ~ fonte ~ '__retiradas_aplicadas'
    ) -%}
    {%- set query -%}
        select count(*)
        from {{ withdrawn }} as retiradas
        {% if applied is not none -%}
            where
                not exists (
                    select 1
                    from {{ applied }} as aplicadas
                    where
                        aplicadas.arquivo_sha256 = retiradas.arquivo_sha256
                        and aplicadas.retirado_em = retiradas.retirado_em
                )
        {%- endif %}
    {%- endset -%}
    {{ return(run_query(query).columns[0][0]) }}
{%- endmacro %}


{#- dbt's own, and more: what a source's files are curated in is built anew when one of them
    was taken back, or when it lost a column by hand, without anybody saying so.
    `is_incremental` and dbt's materializations ask this. Models say in `meta` of which source
    they grow; of a model that is never dropped (`full_refresh=false`) the rows go in its
    `pre_hook`. #}
{% macro should_full_refresh() -%}
    {%- set configured = config.get('full_refresh') -%}
    {%- if configured is not none -%}
        {{ return(configured) }}
    {%- endif -%}
    {%- set fonte = (config.get('meta') or {}).get('cresce_com') -%}
    {{ return(
        flags.FULL_REFRESH
        or (fonte is not none and has_unapplied_withdrawals(fonte))
        or lacks_declared_columns()
    ) }}
{%- endmacro %}
