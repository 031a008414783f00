{#- dbt's own takes the session's time zone; history is kept in UTC whoever builds. Where the
    snapshot's rows have moments of their own (`meta: momento`), what vanished does too. #}
{% macro postgres__snapshot_get_time() -%}
    {%- if (config.get('meta') or {}).get('momento') == 'posicao' -%}
        {{ position_time() }}
    {%- else -%}
        (now() at time zone 'utc')
    {%- endif -%}
{%- endmacro %}
