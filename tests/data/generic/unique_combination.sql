{% test unique_combination(model, columns, new_only=false) %}

select
    {{ columns | join(', ') }},
    count(*) as qt_linha
from {{ model }}
{% if new_only -%}
    where carregado_em > {{ curated_until(since_ever=false) }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
