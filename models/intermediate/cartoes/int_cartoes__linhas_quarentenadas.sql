{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(healed_lines(
            ref('int_cartoes__linhas_fora'), ref('int_cartoes__arquivos_completos')
        )) }}",
    )
}}
{%- set fora = ref('int_cartoes__linhas_fora') %}
{%- set arquivos = ref('int_cartoes__arquivos_completos') %}

-- The cells of a line are read from its file once, when it goes to quarantine;
-- a line that came back, or has another reason now, was deleted before.

with

{{ new_lines_out(fora, arquivos) }},

faturas as (

    {{ quarantined_lines(
        'faturas',
        ref('stg_cartoes__faturas'),
        fora,
        arquivos,
        required={
            'id_fatura': 'id_fatura',
            'id_cliente': 'id_cliente',
            'dt_emissao': 'data_emissao',
            'dt_vencimento': 'data_vencimento',
            'vl_fatura': 'valor_fatura',
        },
        told={
            'CHAVE_DUPLICADA_NO_ARQUIVO': 'id_fatura',
            'DATA_IMPOSSIVEL': 'data_vencimento',
        },
    ) }}

),

pagamentos as (

    {{ quarantined_lines(
        'pagamentos',
        ref('stg_cartoes__pagamentos'),
        fora,
        arquivos,
        required={
            'id_pagamento': 'id_pagamento',
            'id_fatura': 'id_fatura',
            'id_cliente': 'id_cliente',
            'dt_pagamento': 'data_pagamento',
            'vl_pagamento': 'valor_pagamento',
        },
        told={
            'CHAVE_DUPLICADA_NO_ARQUIVO': 'id_pagamento',
            'ORFAO': 'id_fatura',
            'CLIENTE_DIVERGENTE': 'id_cliente',
        },
    ) }}

),

final as (

    select * from faturas
    union all
    select * from pagamentos

)

select * from final
