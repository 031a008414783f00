{#- For what a pull request or a developer built: every schema of this prefix, with all that
    is in it. Never without a prefix, which is where production is. #}
{% macro drop_schemas() -%}
    {%- set prefix = env_var('MIRANTE_SCHEMA_PREFIX', '') -%}
    {%- if not prefix -%}
        {{ exceptions.raise_compiler_error(
            'MIRANTE_SCHEMA_PREFIX está vazio: apagaria os schemas de produção.'
        ) }}
    {%- endif -%}
    {%- set names = ['audit', 'dagster', 'falhas_de_teste'] -%}
    {%- for node in graph.nodes.values() -%}
        {%- do names.append(node.schema | replace(prefix, '', 1)) -%}
    {%- endfor -%}
    {%- for source in graph.sources.values() -%}
        {%- set name = source.schema | replace(prefix, '', 1) -%}
        {%- do names.extend([name, name ~ '_staging']) -%}
    {%- endfor -%}
    {%- for name in names | unique -%}
        {%- do adapter.drop_schema(
            api.Relation.create(database=target.database, schema=prefix ~ name)
        ) -%}
    {%- endfor -%}
    {%- do log(names | unique | list | length ~ ' schemas ' ~ prefix ~ '* apagados', info=true) -%}
{%- endmacro %}
