{#- What names a line of an invoice in cases. The first keeps the invoice's own number when
    a second one comes, unless that number itself looks like an n-th line's. #}
{% macro line_key(invoice, number) -%}
    case
        when {{ number }} = 1 and not {{ matches(invoice, '#\\d+$') }}
            then {{ invoice }}
        else {{ invoice }} || '#' || {{ number }}
    end
{%- endmacro %}
