{% macro document_characters(expression) -%}
    case
        {#- a number that lost its zeros to a spreadsheet may have gained a tail #}
        when {{ matches(expression, '^\\d+\\.0+$') }}
            then {{ regex_replace(expression, '\\.0+$') }}
        {#- an exponent that still shows every digit #}
        when {{ matches(expression, '^\\d[.,]\\d+[eE]\\+?\\d{1,2}$') }}
            then case
                when length({{ regex_replace(expression, '^\\d[.,]|[eE].*$') }})
                    = cast({{ regex_replace(expression, '^.*[eE]\\+?') }} as integer)
                    then {{ regex_replace(expression, '[.,]|[eE].*$') }}
            end
        else upper({{ regex_replace(expression, '[\\s\\u00a0./-]') }})
    end
{%- endmacro %}


{#- One check digit, modulo 11, of the characters before it. Characters count as their
    ASCII code less 48: 0-9 for digits, 17-42 for the letters of newer CNPJs. #}
{% macro check_digit_agrees(expression, weights) -%}
    mod(mod((
        {%- for weight in weights %}
        {{ "+ " if not loop.first }}{{ weight }} * (
            ascii(substr({{ expression }}, {{ loop.index }}, 1)) - 48
        )
        {%- endfor %}
    ) * 10, 11), 10)
    = ascii(substr({{ expression }}, {{ weights | length + 1 }}, 1)) - 48
{%- endmacro %}


{% macro is_cpf(expression) -%}
    (
        {{ matches(expression, '^\\d{11}$') }}
        and not {{ matches(expression, '^(\\d)\\1{10}$') }}
        and {{ check_digit_agrees(expression, range(10, 1, -1) | list) }}
        and {{ check_digit_agrees(expression, range(11, 1, -1) | list) }}
    )
{%- endmacro %}


{% macro is_cnpj(expression) -%}
    {%- set tail = range(9, 1, -1) | list -%}
    (
        {{ matches(expression, '^[0-9A-Z]{12}\\d{2}$') }}
        and not {{ matches(expression, '^(.)\\1{13}$') }}
        and {{ check_digit_agrees(expression, range(5, 1, -1) | list + tail) }}
        and {{ check_digit_agrees(expression, range(6, 1, -1) | list + tail) }}
    )
{%- endmacro %}
