{% macro numeric_text(expression, decimal_mark) -%}
    case
        {#- unambiguous whatever the mark (no thousands begin with 0); what number cells
            land as, so it goes first #}
        when {{ matches(
            expression,
            '^-?(\\d+(\\.(\\d{1,2}|\\d{4,}))?|(0+|\\d{4,})\\.\\d{3})$'
        ) }}
            then {{ expression }}
        {#- 1.234 is a thousand in a text with decimal comma #}
        when {{ matches(expression, '^-?\\d{1,3}\\.\\d{3}$') }}
            and {{ decimal_mark }} = '.'
            then {{ expression }}
        when {{ matches(expression, '^-?[1-9]\\d{0,2}(\\.\\d{3})+$') }}
            then replace({{ expression }}, '.', '')
        when {{ matches(expression, '^-?[1-9]\\d{0,2}(,\\d{3})+$') }}
            and {{ decimal_mark }} = '.'
            then replace({{ expression }}, ',', '')
        when {{ matches(expression, '^-?[1-9]\\d{0,2}(,\\d{3})+\\.\\d+$') }}
            then replace({{ expression }}, ',', '')
        when {{ matches(expression, '^-?\\d+(\\.\\d+)?[eE][+-]?\\d{1,3}$') }}
            then {{ expression }}
        when {{ matches(
            expression,
            '^(-\\s*)?(R\\$[\\s\\u00a0]*)?(-\\s*)?(\\d+|[1-9]\\d{0,2}(\\.\\d{3})+)(,\\d+)?$'
        ) }}
            then
                replace(
                    {{ regex_replace(expression, '[^\\d,-]') }}, ',', '.'
                )
        when {{ matches(
            expression,
            '^(-\\s*)?R\\$[\\s\\u00a0]*(-\\s*)?\\d+\\.\\d{1,2}$'
        ) }}
            then {{ regex_replace(expression, '[^\\d.-]') }}
        when {{ matches(
            expression,
            '^\\((R\\$[\\s\\u00a0]*)?(\\d+|[1-9]\\d{0,2}(\\.\\d{3})+)(,\\d+)?\\)$'
        ) }}
            then
                '-' || replace(
                    {{ regex_replace(expression, '[^\\d,]') }}, ',', '.'
                )
    end
{%- endmacro %}


{#- The plain forms first: telling them takes a tenth of the time, and they are most. #}
{% macro br_numeric(expression, decimal_mark, precision=15, scale=2) -%}
    {%- set type = 'numeric(' ~ precision ~ ', ' ~ scale ~ ')' -%}
    case
        when {{ decimal_mark }} = '.'
            and {{ matches(expression, '^[-.0-9]+$') }}
            and {{ is_castable(expression, type) }}
            then cast({{ expression }} as {{ type }})
        when {{ decimal_mark }} = ','
            and {{ matches(expression, '^[-,0-9]+$') }}
            and {{ is_castable("replace(" ~ expression ~ ", ',', '.')", type) }}
            then cast(replace({{ expression }}, ',', '.') as {{ type }})
        else
            {{ try_cast(numeric_text(trimmed(expression), decimal_mark), type) }}
    end
{%- endmacro %}


{% macro br_integer(expression, decimal_mark) -%}
    {{ try_cast(
        regex_replace(
            numeric_text(trimmed(expression), decimal_mark), '\\.0+$'
        ),
        'integer'
    ) }}
{%- endmacro %}
