{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are named by area (carteira, historico ...), not by the target's schema,
        with MIRANTE_SCHEMA_PREFIX before them so that builds can share a server. -#}
    {{- env_var('MIRANTE_SCHEMA_PREFIX', '') -}}
    {{- (custom_schema_name or target.schema.removeprefix(
        env_var('MIRANTE_SCHEMA_PREFIX', ''))) | trim -}}
{%- endmacro %}
