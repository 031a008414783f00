{#- How far from the middle half of a model's values are. #}
{% macro distance_median(campo) -%}
    {{ median('abs(linhas.' ~ campo ~ ' - medianas.md_' ~ campo ~ ')') }}
{%- endmacro %}


{#- Rows of what was measured of each amount, out of its columns. #}
{% macro measured(campos) -%}
    {%- for campo in campos %}
    (
        '{{ campo }}',
        medianas.qt_{{ campo }},
        medianas.md_{{ campo }},
        desvios.mad_{{ campo }}
    ){{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
