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

-- Lines never change, so each file's are typed once. No verdict here: a value
-- that was there and has no type now tells itself by `qt_preenchida`, and
-- asking for it in this select would do every cast twice.

with

pagamentos as (

    select * from {{ ref('stg_cartoes__pagamentos') }}
    where {{ unseen_files(ref('int_cartoes__arquivos_completos'), 'pagamentos') }}

),

final as (

    select
        arquivo_id,
        id_pagamento,
        id_fatura,
        id_cliente,
        canal_pagamento,
        tipo_pagamento,
        nr_linha,
        vl_pagamento,
        dt_pagamento,
        mes_arquivo,
        qt_preenchida,
        coalesce(extras ? '_excedente', false) as fl_excedente,
        carregado_em
    from pagamentos

)

select * from final
