{#- Months as whole numbers: year * 12 + month, so that windows are subtractions. #}
{% macro month_number(expression) -%}
    cast(
        12 * extract(year from {{ expression }})
        + extract(month from {{ expression }}) as integer
    )
{%- endmacro %}


{#- The first day of a month given by its number. #}
{% macro month_of_number(expression) -%}
    {{- adapter.dispatch('month_of_number', 'mirante')(expression) -}}
{%- endmacro %}


{% macro postgres__month_of_number(expression) -%}
    make_date(({{ expression }} - 1) / 12, mod({{ expression }} - 1, 12) + 1, 1)
{%- endmacro %}


{% macro effective_minimum(minimum, amount) -%}
    case
        when coalesce({{ minimum }}, 0) <= 0 then {{ amount }}
        else least({{ minimum }}, {{ amount }})
    end
{%- endmacro %}


{#- Each window's months, the same for every variable. #}
{% macro book_windows() -%}
    {{ return([1, 3, 6, 12]) }}
{%- endmacro %}


{#- Months apart from dt_ref, as the smallest window that reaches them: windows nest, so a
    line counts once and the windows are sums of these. #}
{% macro window_of(months) -%}
    case
        when {{ months }} = 1 then 1
        when {{ months }} <= 3 then 3
        when {{ months }} <= 6 then 6
        else 12
    end
{%- endmacro %}
