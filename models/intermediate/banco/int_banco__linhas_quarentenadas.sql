{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(healed_lines(
            ref('int_banco__linhas_fora'), ref('int_banco__arquivos_completos')
        )) }}",
    )
}}
{%- set fora = ref('int_banco__linhas_fora') %}
{%- set arquivos = ref('int_banco__arquivos_completos') %}

-- The cells of a line are read from its file once, when it goes to quarantine;
-- a line that came back, or has another reason now, was deleted before.

with

{{ new_lines_out(fora, arquivos) }},

clientes as (

    {{ quarantined_lines(
        'clientes',
        ref('stg_banco__clientes'),
        fora,
        arquivos,
        required={'cliente_id': 'cliente_id'},
        told={
            'CHAVE_DUPLICADA_NO_ARQUIVO': 'cliente_id',
            'DATA_IMPOSSIVEL': 'nacimiento',
        },
        sheets=true,
    ) }}

),

transacciones as (

    {{ quarantined_lines(
        'transacciones',
        ref('stg_banco__transacciones'),
        fora,
        arquivos,
        required={
            'transaccion_id': 'transaccion_id',
            'cliente_id': 'cliente_id',
            'dt_fecha': 'fecha',
            'tipo': 'tipo',
            'vl_monto': 'monto',
        },
        told={
            'CHAVE_DUPLICADA_NO_ARQUIVO': 'transaccion_id',
            'DATA_IMPOSSIVEL': 'fecha',
            'ORFAO': 'cliente_id',
        },
        sheets=true,
    ) }}

),

final as (

    select * from clientes
    union all
    select * from transacciones

)

select * from final
