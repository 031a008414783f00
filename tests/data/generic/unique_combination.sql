{% test unique_combination(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as qt_linha
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
