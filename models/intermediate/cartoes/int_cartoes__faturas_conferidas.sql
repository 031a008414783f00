{{ config(materialized='view') }}

-- What a line alone tells; whether its key comes again in the file, and what
-- else there is to say against it, in the models that read this one.

with

faturas as (

    select * from {{ ref('int_cartoes__faturas_tipadas') }}

),

final as (

    select
        *,
        case
            when
                fl_excedente
                or qt_preenchida > num_nonnulls(
                    dt_emissao,
                    dt_vencimento,
                    vl_fatura,
                    vl_pagamento_minimo,
                    vl_limite_credito
                )
                then 'TIPO_INVALIDO'
            when
                id_fatura is null
                or id_cliente is null
                or dt_emissao is null
                or dt_vencimento is null
                or vl_fatura is null
                then 'OBRIGATORIO_AUSENTE'
        end as codigo
    from faturas

)

select * from final
