{% macro cvdw_numeric(expression) -%}
    {%- set figures -%}
        {{ regex_replace(expression, '^\\s*R\\$|[\\s\\u00a0]') }}
    {%- endset -%}
    {{ try_cast(cvdw_numeric_text(figures), 'numeric(15, 2)') }}
{%- endmacro %}


{#- The last separator decides what is decimal; but several of one kind can only be
    thousands. #}
{% macro cvdw_numeric_text(expression) -%}
    case
        when {{ matches(
            expression, '^-?\\d{1,3}((\\.\\d{3}){2,}|(,\\d{3}){2,})$'
        ) }}
            then {{ regex_replace(expression, '[.,]') }}
        else
            replace(
                {{ regex_replace(expression, '[.,](?=.*[.,])') }}, ',', '.'
            )
    end
{%- endmacro %}
