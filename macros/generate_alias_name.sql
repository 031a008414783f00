{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {#- Two areas may each have a `quarentena`, and history a table of the same name as
        a mart, but dbt wants one name a node: what stands before `__` in the name of a
        mart or snapshot is its schema already. -#}
    {%- if custom_alias_name -%}
        {{ custom_alias_name | trim }}
    {%- elif 'marts' in node.fqn or node.resource_type == 'snapshot' -%}
        {{ node.name.split('__') | last }}
    {%- else -%}
        {{ node.name }}
    {%- endif -%}
{%- endmacro %}
