{#- The load time up to which files are in an area's curated tables. The table of
    reconciliation is the last of them, so it tells how far they got: a build that was cut
    off is done again. #}
{% macro curated_until(area, since_ever=none) -%}
    {{ processed_until(area, 'reconciliacao_arquivos', since_ever) }}
{%- endmacro %}
