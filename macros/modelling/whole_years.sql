{% macro whole_years(since, until) -%}
    {{- adapter.dispatch('whole_years', 'mirante')(since, until) -}}
{%- endmacro %}


{% macro postgres__whole_years(since, until) -%}
    cast(date_part('year', age({{ until }}, {{ since }})) as integer)
{%- endmacro %}


{% macro median(expression) -%}
    {{- adapter.dispatch('median', 'mirante')(expression) -}}
{%- endmacro %}


{#- The mean of the two in the middle as a decimal: percentile_cont is a float. #}
{% macro postgres__median(expression) -%}
    (
        percentile_disc(0.5) within group (order by {{ expression }})
        + percentile_disc(0.5) within group (order by {{ expression }} desc)
    ) / 2
{%- endmacro %}
