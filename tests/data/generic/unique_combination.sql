{% test unique_combination(model, columns, new_in=none) %}

select
    {{ columns | join(', ') }},
    count(*) as qt_linha
from {{ model }}
{% if new_in -%}
    where carregado_em > {{ curated_until(new_in, since_ever=false) }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
