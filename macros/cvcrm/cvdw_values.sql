{#- "No id" may be 0. #}
{% macro cvdw_id(expression) -%}
    nullif({{ expression }}, 0)
{%- endmacro %}


{#- An id that some tenants send as a string. #}
{% macro cvdw_text_id(expression) -%}
    nullif({{ try_cast(clean_text(expression), 'bigint') }}, 0)
{%- endmacro %}


{#- Raw holds numbers of any size; one too large for money is a mistake, and must not
    stop the build. #}
{% macro cvdw_amount(expression) -%}
    case
        when abs({{ expression }}) < 10000000000000
            then cast({{ expression }} as numeric(15, 2))
    end
{%- endmacro %}


{#- ISO or Brazilian, with or without a time. A zero date means "no date", and is none. #}
{% macro cvdw_date(expression) -%}
    {%- set iso -%}
        left({{ regex_replace(
            clean_text(expression), '^(\\d\\d)/(\\d\\d)/(\\d{4})', '\\3-\\2-\\1'
        ) }}, 10)
    {%- endset -%}
    case
        when {{ matches(iso, '^(19|[2-9]\\d)\\d\\d-\\d\\d-\\d\\d$') }}
            then {{ try_cast(iso, 'date') }}
    end
{%- endmacro %}


{#- Of what looks like a moment in ISO; the CRM writes São Paulo's clock. #}
{% macro cvdw_timestamp(expression) -%}
    {{ try_cast(
        "case when " ~ matches(expression, '^(19|[2-9]\\d)\\d{2}-\\d{2}-\\d{2}') ~ " then "
        ~ clean_text(expression) ~ " end",
        'timestamp'
    ) }}
{%- endmacro %}


{% macro cvdw_boolean(expression) -%}
    case upper({{ clean_text(expression) }})
        {%- for word in ['S', 'SIM', '1'] %}
        when '{{ word }}' then true
        {%- endfor %}
        {%- for word in ['N', 'NÃO', 'NAO', '0'] %}
        when '{{ word }}' then false
        {%- endfor %}
    end
{%- endmacro %}


{% macro is_zero_date(expression) -%}
    {{ matches(expression, '^\\s*(0000-00-00|00/00/0000)') }}
{%- endmacro %}


{#- Names of the columns whose text did not become its type, though it is there. #}
{% macro cvdw_untyped(columns) -%}
    {%- set typed = {
        'id': 'cvdw_text_id',
        'numeric': 'cvdw_numeric',
        'boolean': 'cvdw_boolean',
        'date': 'cvdw_date',
    } -%}
    array_remove(array[
        {%- for column, type in columns.items() %}
        case
            when {{ context[typed[type]](column) }} is null
                and {{ clean_text(column) }} is not null
                {%- if type == 'date' %}
                and not {{ is_zero_date(column) }}
                {%- elif type == 'id' %}
                and {{ clean_text(column) }} != '0'
                {%- endif %}
                then '{{ column }}'
        end{{ "," if not loop.last }}
        {%- endfor %}
    ], null)
{%- endmacro %}
