{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['id_cliente', 'nr_mes'], 'unique': true},
            {'columns': ['nr_mes'], 'type': 'brin'},
        ],
        pre_hook='{{ delete_when_incremental(
            "(id_cliente, nr_mes) in (" ~ payment_months_to_close() ~ ")"
        ) }}',
    )
}}
{%- set a_fechar = payment_months_to_close() %}

-- What each client paid month by month, whatever the invoice: in cents.

with

pagamentos as (

    select * from {{ ref('pagamentos') }}

),

{% if is_incremental() -%}
    meses as (

        {{ a_fechar }}

    ),

    escolhidos as (

        select pagamentos.*
        from meses
        inner join pagamentos
            on
                meses.id_cliente = pagamentos.id_cliente
                and pagamentos.dt_pagamento
                >= {{ month_of_number('meses.nr_mes') }}
                and pagamentos.dt_pagamento
                < {{ month_of_number('meses.nr_mes + 1') }}

    ),

{% endif -%}
final as (

    select
        id_cliente,
        {{ month_number('dt_pagamento') }} as nr_mes,
        cast(count(*) filter (where vl_pagamento > 0) as integer)
            as qt_pagamento,
        cast(sum(cast(100 * vl_pagamento as bigint)) as bigint) as vl_pagamento,
        max(dt_pagamento) filter (where vl_pagamento > 0) as dt_ultimo
    from {{ 'escolhidos' if is_incremental() else 'pagamentos' }}
    group by 1, 2
    order by 2

)

select * from final
