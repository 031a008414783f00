{% macro roomy_session() -%}
    {{- adapter.dispatch('roomy_session', 'mirante')() -}}
{%- endmacro %}


{% macro default__roomy_session() -%}
{%- endmacro %}


{#- For this model's transaction only: sets that fit in memory are hashed, not sorted on
    disk, whatever the server's settings for everyone are. Compiling expressions costs
    seconds on selects this wide and saves less. #}
{% macro postgres__roomy_session() -%}
    select
        set_config('work_mem', '256MB', true),
        set_config('jit', 'off', true)
{%- endmacro %}
