{#- CTEs with each text shown as a document, once: checking digits and hashing are dear.
    Ends with `conferidos`: documento_visto, documento, tipo_documento, documento_hash,
    documento_mascarado.

    A number of up to ten digits that is a CPF with its zeros and a CNPJ with its zeros may
    be either: it is taken for a CPF, but links to nobody, so has no hash. -#}
{% macro checked_documents(relation, column) -%}
{%- set caracteres = document_characters(column) -%}
-- `distinct` also keeps the planner from repeating these for every digit.
vistos as (

    select distinct
        {{ column }} as documento_visto,
        {{ caracteres }} as caracteres,
        case
            when
                {{ matches(caracteres, '^\\d{1,11}$') }}
                then lpad({{ caracteres }}, 11, '0')
        end as cpf,
        case
            when
                {{ matches(caracteres, '^\\d{1,14}$') }}
                then lpad({{ caracteres }}, 14, '0')
            else {{ caracteres }}
        end as cnpj
    from {{ relation }}
    where {{ column }} is not null

),

tipificados as (

    select
        documento_visto,
        caracteres,
        cpf,
        cnpj,
        {{ is_cpf('cpf') }} as fl_cpf,
        {{ is_cnpj('cnpj') }} as fl_cnpj
    from vistos

),

classificados as (

    select
        documento_visto,
        case
            when fl_cpf then cpf
            when fl_cnpj then cnpj
            else documento_visto
        end as documento,
        case
            when fl_cpf then 'CPF'
            when fl_cnpj then 'CNPJ'
        end as tipo_documento,
        fl_cpf and fl_cnpj and length(caracteres) < 11 as fl_ambiguo
    from tipificados

),

conferidos as (

    select
        documento_visto,
        documento,
        tipo_documento,
        case
            when tipo_documento is not null and not fl_ambiguo
                then {{ keyed_hash('documento') }}
        end as documento_hash,
        {{ masked_document('documento') }} as documento_mascarado
    from classificados

)
{%- endmacro %}
