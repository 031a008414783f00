{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['carregado_em']},
            {'columns': ['id_pagamento']},
            {'columns': ['id_fatura']},
        ],
    )
}}
{%- set arquivos = ref('int_cartoes__arquivos_completos') %}

-- Lines never change, so each file's are typed once. No verdict here: a value
-- that was there and has no type now tells itself by `qt_preenchida`, and
-- asking for it in this select would do every cast twice.

with

arquivos as (

    select * from {{ ref('int_cartoes__arquivos_completos') }}

),

pagamentos as (

    select * from {{ ref('stg_cartoes__pagamentos') }}
    where {{ unseen_files(arquivos, 'pagamentos') }}

),

final as (

    select
        arquivos.arquivo_id,
        pagamentos.id_pagamento,
        pagamentos.id_fatura,
        pagamentos.id_cliente,
        pagamentos.canal_pagamento,
        pagamentos.tipo_pagamento,
        pagamentos.nr_linha,
        pagamentos.vl_pagamento,
        pagamentos.dt_pagamento,
        arquivos.mes_arquivo,
        pagamentos.qt_preenchida,
        coalesce(pagamentos.extras ? '_excedente', false) as fl_excedente,
        pagamentos.carregado_em
    from pagamentos
    inner join arquivos
        on pagamentos.arquivo_sha256 = arquivos.arquivo_sha256

)

select * from final
