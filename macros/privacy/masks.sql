{#- What others see in a personal column's place, by the column's `mascara` (see the
    materialization `restricted`); without one they see nothing. #}


{#- The six digits in the middle of a CPF, as the government's own publications show it;
    of a CNPJ what is not the first two and the check digits. #}
{% macro masked_document(expression) -%}
    case
        when {{ expression }} is null then null
        when length({{ expression }}) = 11
            then
                '***.' || substr({{ expression }}, 4, 3)
                || '.' || substr({{ expression }}, 7, 3) || '-**'
        when length({{ expression }}) = 14
            then
                '**.' || substr({{ expression }}, 3, 3)
                || '.' || substr({{ expression }}, 6, 3)
                || '/****-**'
        else '***'
    end
{%- endmacro %}


{% macro masked_name(expression) -%}
    {{- adapter.dispatch('masked_name', 'mirante')(expression) -}}
{%- endmacro %}


{#- The first letter of each word. #}
{% macro postgres__masked_name(expression) -%}
    regexp_replace({{ expression }}, '(\S)\S*', '\1***', 'g')
{%- endmacro %}


{% macro masked_as(mask, expression, data_type) -%}
    {%- if mask == 'documento' -%}
        {{ masked_document(expression) }}
    {%- elif mask == 'nome' -%}
        {{ masked_name(expression) }}
    {%- elif mask is none -%}
        cast(null as {{ data_type }})
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            'unknown mascara: ' ~ mask ~ ' (documento, nome, or none)'
        ) }}
    {%- endif -%}
{%- endmacro %}
