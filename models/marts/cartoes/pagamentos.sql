{%- set afetados = affected_payments() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['id_pagamento'], 'unique': true},
            {'columns': ['id_cliente', 'dt_pagamento']},
            {'columns': ['id_fatura']},
            {'columns': ['dt_pagamento'], 'type': 'brin'},
        ],
        pre_hook='{{ delete_when_incremental(affected_payments()) }}',
    )
}}

with

ligados as (

    select * from {{ ref('int_cartoes__pagamentos_ligados') }}
    {% if is_incremental() -%}
        where {{ afetados }}
    {%- endif %}

),

substituidos as (

    select * from {{ ref('int_cartoes__pagamentos_substituidos') }}

),

final as (

    select
        ligados.id_pagamento,
        ligados.id_fatura,
        ligados.id_cliente,
        ligados.dt_pagamento,
        cast(ligados.vl_pagamento as numeric(15, 2)) as vl_pagamento,
        ligados.canal_pagamento,
        ligados.tipo_pagamento,
        ligados.arquivo_id,
        ligados.nr_linha,
        ligados.carregado_em
    from ligados
    where {{ is_not_among('substituidos', 'ligados') }}

)

select * from final
