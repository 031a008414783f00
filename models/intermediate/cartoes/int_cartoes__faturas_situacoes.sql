{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[
            {'columns': ['id_fatura', 'nr_ref_de'], 'unique': true},
            {'columns': ['nr_mes_emissao'], 'type': 'brin'},
        ],
        pre_hook='{{ delete_when_incremental(invoices_to_close()) }}',
    )
}}
{%- set a_fechar = invoices_to_close() %}

-- What is known of an invoice as the months go by: a new row whenever a payment
-- changed it, from the first dt_ref that sees the payment. Amounts are cents:
-- whole numbers add up faster than decimals, and exactly.

with

faturas as (

    select
        faturas.id_fatura,
        faturas.id_cliente,
        {{ month_number('faturas.dt_emissao') }} as nr_mes_emissao,
        faturas.dt_vencimento,
        coalesce(dias.proximo_dia_util, faturas.dt_vencimento) as dt_limite,
        cast(100 * faturas.vl_fatura as bigint) as vl_fatura,
        cast(100 * {{ effective_minimum(
            'faturas.vl_pagamento_minimo', 'faturas.vl_fatura'
        ) }} as bigint) as vl_minimo,
        coalesce(faturas.vl_pagamento_minimo, 0) <= 0 as fl_minimo_ausente,
        coalesce(faturas.vl_pagamento_minimo > faturas.vl_fatura, false)
            as fl_minimo_limitado
    from {{ ref('faturas') }} as faturas
    left join {{ ref('int_cartoes__dias_uteis') }} as dias
        on faturas.dt_vencimento = dias.dia
    {% if is_incremental() -%}
        where {{ a_fechar }}
    {%- endif %}

),

diarios as (

    select
        id_fatura,
        dt_pagamento,
        cast(100 * sum(vl_pagamento) as bigint) as vl_pago
    from {{ ref('pagamentos') }}
    {% if is_incremental() -%}
        where {{ a_fechar }}
    {%- endif %}
    group by 1, 2

),

-- One row for each day with payments; one for an invoice without any.
acumulados as (

    select
        faturas.*,
        diarios.dt_pagamento,
        diarios.vl_pago as vl_pago_no_dia,
        greatest(
            {{ month_number('diarios.dt_pagamento') }}, faturas.nr_mes_emissao
        ) + 1 as nr_ref_de,
        row_number() over da_fatura as nr_dia,
        coalesce(cast(sum(diarios.vl_pago) over da_fatura as bigint), 0)
            as vl_pago
    from faturas
    left join diarios
        on faturas.id_fatura = diarios.id_fatura
    window da_fatura as (
        partition by faturas.id_fatura
        order by diarios.dt_pagamento
        rows between unbounded preceding and current row
    )

),

alcancados as (

    select
        *,
        vl_pago > 0 and vl_pago >= vl_minimo - 1 as fl_minimo,
        vl_pago > 0 and vl_pago >= vl_fatura - 1 as fl_integral,
        vl_pago - vl_pago_no_dia > 0
        and vl_pago - vl_pago_no_dia >= vl_minimo - 1 as fl_minimo_antes,
        vl_pago - vl_pago_no_dia > 0
        and vl_pago - vl_pago_no_dia >= vl_fatura - 1 as fl_integral_antes
    from acumulados

),

-- The day from which an amount is reached and stays so: the last one on which
-- it came to be reached.
desde as (

    select
        *,
        lead(nr_ref_de) over da_fatura as nr_ref_seguinte,
        max(
            case when fl_minimo and not fl_minimo_antes then dt_pagamento end
        ) over da_fatura as dt_minimo,
        max(
            case
                when fl_integral and not fl_integral_antes then dt_pagamento
            end
        ) over da_fatura as dt_integral
    from alcancados
    window da_fatura as (
        partition by id_fatura
        order by dt_pagamento
        rows between unbounded preceding and current row
    )

),

-- Of the payments that the same dt_ref sees first, the last one tells.
conhecidas as (

    select
        id_fatura,
        id_cliente,
        nr_mes_emissao,
        nr_ref_de,
        nr_ref_seguinte as nr_ref_ate,
        dt_vencimento,
        dt_limite,
        vl_fatura,
        vl_minimo,
        vl_pago,
        case when fl_minimo then dt_minimo end as dt_minimo,
        case when fl_integral then dt_integral end as dt_integral,
        fl_minimo_ausente,
        fl_minimo_limitado
    from desde
    where
        nr_ref_seguinte is null
        or nr_ref_seguinte > nr_ref_de

    union all

    -- Before its first payment, if some dt_ref saw it so.
    select
        id_fatura,
        id_cliente,
        nr_mes_emissao,
        nr_mes_emissao + 1 as nr_ref_de,
        nr_ref_de as nr_ref_ate,
        dt_vencimento,
        dt_limite,
        vl_fatura,
        vl_minimo,
        0 as vl_pago,
        null as dt_minimo,
        null as dt_integral,
        fl_minimo_ausente,
        fl_minimo_limitado
    from acumulados
    where
        nr_dia = 1
        and nr_ref_de > nr_mes_emissao + 1

),

final as (

    select
        id_fatura,
        id_cliente,
        nr_mes_emissao,
        nr_ref_de,
        -- No window reaches back more than twelve months.
        least(nr_ref_ate, nr_mes_emissao + 13) as nr_ref_ate,
        dt_vencimento,
        dt_limite,
        vl_fatura,
        vl_minimo,
        vl_pago,
        coalesce(dt_integral <= dt_limite, false) as fl_paga_em_dia,
        coalesce(dt_minimo <= dt_limite, false) as fl_minimo_em_dia,
        -- NULL while the minimum is not reached: the days count on.
        case
            when dt_minimo <= dt_limite then 0
            else dt_minimo - dt_vencimento
        end as nr_dias_atraso,
        fl_minimo_ausente,
        fl_minimo_limitado
    from conhecidas
    where nr_ref_de <= nr_mes_emissao + 12
    -- A month's invoices side by side: a close reads those of twelve months.
    order by 3

)

select * from final
