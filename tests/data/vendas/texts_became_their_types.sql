-- Texts that did not become their column's type are NULL in the models; raw has
-- what came.

{%- set models = {
    'stg_cvcrm__empreendimentos': 'empreendimento_id',
    'stg_cvcrm__unidades': 'unidade_id',
    'stg_cvcrm__unidades_precos': 'unidade_id',
    'stg_cvcrm__unidades_situacoes': 'unidade_id',
    'stg_cvcrm__reservas': 'reserva_id',
    'stg_cvcrm__vendas': 'reserva_id',
    'stg_cvcrm__distratos': 'reserva_id',
    'stg_cvcrm__comissoes': 'comissao_id',
    'stg_cvcrm__comissoes_pagamentos': 'pagamento_id',
    'stg_cvcrm__reservas_condicoes': 'condicao_id',
    'stg_cvcrm__repasses': 'repasse_id',
    'stg_cvcrm__atendimentos': 'atendimento_id',
    'stg_cvcrm__leads': 'lead_id',
    'stg_cvcrm__corretores': 'corretor_id',
    'stg_cvcrm__imobiliarias': 'imobiliaria_id',
} %}

{{ config(
    severity='warn',
    store_failures=true,
    meta={'dagster': {'ref': {'name': 'stg_cvcrm__reservas'}}},
) }}
{% for model, key in models.items() %}
    select
        '{{ model }}' as modelo,
        {{ key }} as chave,
        colunas_invalidas
    from {{ ref(model) }}
    where colunas_invalidas != '{}'
    {{ "union all" if not loop.last }}
{%- endfor %}
