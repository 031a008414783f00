{{ config(materialized='view') }}

-- What a line alone tells; whether its key comes again in the file, and what
-- else there is to say against it, in the models that read this one.

with

pagamentos as (

    select * from {{ ref('int_cartoes__pagamentos_tipados') }}

),

final as (

    select
        *,
        case
            when
                fl_excedente
                or qt_preenchida > num_nonnulls(dt_pagamento, vl_pagamento)
                then 'TIPO_INVALIDO'
            when
                id_pagamento is null
                or id_fatura is null
                or id_cliente is null
                or dt_pagamento is null
                or vl_pagamento is null
                then 'OBRIGATORIO_AUSENTE'
        end as codigo
    from pagamentos

)

select * from final
