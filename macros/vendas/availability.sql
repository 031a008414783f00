{#- The CRM's map of availability, in the order of its numbers. #}
{% macro availabilities() -%}
    {{- return(['disponivel', 'reservada', 'vendida', 'bloqueada', 'em_processo']) -}}
{%- endmacro %}


{% macro availability(expression) -%}
    case {{ expression }}
        {%- for name in availabilities() %}
        when {{ loop.index }} then '{{ name | replace("_", " ") }}'
        {%- endfor %}
        else 'desconhecida'
    end
{%- endmacro %}


{% macro availability_counts(relation) -%}
    cast(count({{ relation }}.unidade_id) as integer) as qt_unidade,
    {%- for name in availabilities() %}
    cast(
        count(case when {{ relation }}.cd_disponibilidade = {{ loop.index }} then 1 end)
        as integer
    ) as qt_{{ name }},
    {%- endfor %}
    cast(
        count({{ relation }}.unidade_id)
        - count(
            case when {{ relation }}.cd_disponibilidade between 1 and 5 then 1 end
        ) as integer
    ) as qt_desconhecida
{%- endmacro %}
