{#- A seed is emptied as a table is, not as a file: `truncate` would keep readers out until
    the seed is full again, and wait for those that are in. #}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- if full_refresh -%}
        {{ return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
    {%- endif -%}
    {%- set emptied = 'delete from ' ~ old_relation -%}
    {% call statement('empty') -%}{{ emptied }}{%- endcall %}
    {{ return(emptied) }}
{% endmacro %}
