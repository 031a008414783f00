{% macro date_text(expression) -%}
    {#- Years before 1900 are typing errors: nobody in a portfolio was born then. They
        and serials off the calendar become a text that is no date. #}
    case
        {#- ISO, as date cells land, with or without a time #}
        when {{ matches(
            expression, '^(19|[2-9]\\d)\\d{2}-\\d{2}-\\d{2}([ T].*)?$'
        ) }}
            then left({{ expression }}, 10)
        when {{ matches(
            expression,
            '^\\d{1,2}[/.-]\\d{1,2}[/.-](19|[2-9]\\d)\\d{2}( .*)?$'
        ) }}
            then
                {{ regex_replace(
                    expression,
                    '^(\\d{1,2})[/.-](\\d{1,2})[/.-](\\d{4}).*$',
                    '\\3-\\2-\\1'
                ) }}
        when {{ matches(expression, '^(19|20)\\d{6}$') }}
            then
                {{ regex_replace(
                    expression, '^(\\d{4})(\\d{2})(\\d{2})$', '\\1-\\2-\\3'
                ) }}
        {#- Excel's serial: days since 1899-12-30, from March 1900 (before it Excel
            counts a 29 February 1900 that never was) to the year 9999 #}
        when {{ matches(expression, '^\\d{2,7}(\\.\\d+)?$') }}
            then case
                when cast({{ expression }} as numeric) between 61 and 2958465.99
                    then
                        cast(
                            cast('1899-12-30' as date)
                            + cast(
                                floor(cast({{ expression }} as numeric))
                                as integer
                            )
                            as {{ dbt.type_string() }}
                        )
                else '0000-00-00'
            end
        when {{ matches(
            expression,
            '^(\\d+(\\.\\d+)?|\\d{4}-\\d{1,2}-\\d{1,2}([ T].*)?|\\d{1,2}[/.-]\\d{1,2}[/.-]\\d{4}( .*)?)$'
        ) }}
            then '0000-00-00'
    end
{%- endmacro %}


{#- The plain forms first: telling them takes a tenth of the time, and they are most. #}
{% macro br_date(expression) -%}
    case
        when {{ expression }} like '____-__-__'
            and {{ matches(expression, '^[-0-9]+$') }}
            and {{ expression }} >= '1900'
            then {{ try_cast(expression, 'date') }}
        when {{ expression }} like '____-__-__ __:__:__'
            and {{ matches(expression, '^[-0-9: ]+$') }}
            and {{ expression }} >= '1900'
            then {{ try_cast("left(" ~ expression ~ ", 10)", 'date') }}
        when {{ expression }} like '__/__/____'
            and {{ matches(expression, '^[/0-9]+$') }}
            and substr({{ expression }}, 7) >= '1900'
            then
                {{ try_cast(
                    "concat(substr(" ~ expression ~ ", 7), '-', substr("
                    ~ expression ~ ", 4, 2), '-', left(" ~ expression ~ ", 2))",
                    'date'
                ) }}
        else {{ try_cast(date_text(trimmed(expression)), 'date') }}
    end
{%- endmacro %}


{% macro impossible_dates(columns) -%}
    array_remove(array[
        {%- for column in columns %}
        case
            when {{ date_text(trimmed(column)) }} is not null
                and {{ br_date(column) }} is null
                then '{{ column }}'
        end{{ "," if not loop.last }}
        {%- endfor %}
    ], null)
{%- endmacro %}
