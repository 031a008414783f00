{%- set caracteres = document_characters('cliente_documento') -%}

-- Each text shown as a document, once: checking digits is dear.

with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

-- `distinct` also keeps the planner from repeating these for every digit.
seen as (

    select distinct
        cliente_documento as documento_visto,
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
    from contratos
    where cliente_documento is not null

),

final as (

    select
        documento_visto,
        case
            when {{ is_cpf('cpf') }} then cpf
            when {{ is_cnpj('cnpj') }} then cnpj
            else documento_visto
        end as documento,
        case
            when {{ is_cpf('cpf') }} then 'CPF'
            when {{ is_cnpj('cnpj') }} then 'CNPJ'
        end as tipo_documento
    from seen

)

select * from final
