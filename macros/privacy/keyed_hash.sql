{% macro keyed_hash(expression) -%}
    {{- adapter.dispatch('keyed_hash', 'mirante')(expression) -}}
{%- endmacro %}


{#- HMAC-SHA256, by its definition: the key's two pads are parameters of the session. #}
{% macro postgres__keyed_hash(expression) -%}
    encode(
        sha256(
            decode(current_setting('mirante.pii_outer'), 'hex')
            || sha256(
                decode(current_setting('mirante.pii_inner'), 'hex')
                || convert_to({{ expression }}, 'UTF8')
            )
        ),
        'hex'
    )
{%- endmacro %}


{#- A hook for the start of a run: a build would stop half way with Postgres' own words. #}
{% macro require_pii_key() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set found = run_query(
            "select nullif(current_setting('mirante.pii_inner', true), '')"
        ).columns[0][0] -%}
        {%- if not found -%}
            {{ exceptions.raise_compiler_error(
                'O dbt não recebeu a chave dos documentos. Rode eval "$(mirante env)" neste '
                ~ 'shell, ou use `mirante build`. Num servidor seu, defina antes '
                ~ 'MIRANTE_PII_KEY. Um pooler (pgbouncer) entre o dbt e o servidor também a '
                ~ 'retém: aponte PGHOST e PGPORT direto para o Postgres.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
