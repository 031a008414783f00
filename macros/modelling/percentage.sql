{#- A share of 100, or NULL of nothing. #}
{% macro percentage(part, whole) -%}
    cast(100.0 * ({{ part }}) / nullif({{ whole }}, 0) as numeric(21, 4))
{%- endmacro %}


{#- By how many percent a value differs from its base; NULL if that is not above zero. #}
{% macro variation(value, base) -%}
    {{ percentage(value ~ " - " ~ base, "greatest(" ~ base ~ ", 0)") }}
{%- endmacro %}
