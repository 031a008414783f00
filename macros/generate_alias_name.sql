{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {#- Two areas may each have a `quarentena`, but dbt wants one name a model: what
        stands before `__` in a mart's name is its area, which is its schema already. -#}
    {%- if custom_alias_name -%}
        {{ custom_alias_name | trim }}
    {%- elif 'marts' in node.fqn -%}
        {{ node.name.split('__') | last }}
    {%- else -%}
        {{ node.name }}
    {%- endif -%}
{%- endmacro %}
