{#- dbt's own takes the session's time zone; history is kept in UTC whoever builds. #}
{% macro postgres__snapshot_get_time() -%}
    (now() at time zone 'utc')
{%- endmacro %}
