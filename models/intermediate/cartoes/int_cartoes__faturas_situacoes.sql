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

acumulados as (

    select
        faturas.id_fatura,
        faturas.nr_mes_emissao,
        faturas.vl_fatura,
        faturas.vl_minimo,
        diarios.dt_pagamento,
        cast(sum(diarios.vl_pago) over da_fatura as bigint) as vl_pago
    from diarios
    inner join faturas
        on diarios.id_fatura = faturas.id_fatura
    window da_fatura as (
        partition by diarios.id_fatura
        order by diarios.dt_pagamento
    )

),

alcancados as (

    select
        *,
        vl_pago > 0 and vl_pago >= vl_minimo - 1 as fl_minimo,
        vl_pago > 0 and vl_pago >= vl_fatura - 1 as fl_integral,
        greatest({{ month_number('dt_pagamento') }}, nr_mes_emissao) + 1
            as nr_ref_de
    from acumulados

),

vizinhos as (

    select
        *,
        case
            when fl_minimo and not lag(fl_minimo, 1, false) over da_fatura
                then dt_pagamento
        end as dt_minimo,
        case
            when fl_integral and not lag(fl_integral, 1, false) over da_fatura
                then dt_pagamento
        end as dt_integral,
        lead(nr_ref_de) over da_fatura as nr_ref_seguinte
    from alcancados
    window da_fatura as (
        partition by id_fatura
        order by dt_pagamento
    )

),

-- The day from which an amount is reached and stays so: the last one on which
-- it came to be reached.
desde as (

    select
        id_fatura,
        nr_ref_de,
        nr_ref_seguinte,
        vl_pago,
        case
            when fl_minimo
                then max(dt_minimo) over da_fatura
        end as dt_minimo,
        case
            when fl_integral
                then max(dt_integral) over da_fatura
        end as dt_integral
    from vizinhos
    window da_fatura as (
        partition by id_fatura
        order by dt_pagamento
        rows between unbounded preceding and current row
    )

),

-- Of the payments that the same dt_ref sees first, the last one tells.
mensais as (

    select
        id_fatura,
        nr_ref_de,
        nr_ref_seguinte as nr_ref_ate,
        vl_pago,
        dt_minimo,
        dt_integral
    from desde
    where
        nr_ref_seguinte is null
        or nr_ref_seguinte > nr_ref_de

),

primeiros as (

    select
        id_fatura,
        min(nr_ref_de) as nr_ref_de
    from mensais
    group by 1

),

-- Before its first payment.
iniciais as (

    select
        faturas.id_fatura,
        faturas.nr_mes_emissao + 1 as nr_ref_de,
        primeiros.nr_ref_de as nr_ref_ate,
        cast(0 as bigint) as vl_pago,
        cast(null as date) as dt_minimo,
        cast(null as date) as dt_integral
    from faturas
    left join primeiros
        on faturas.id_fatura = primeiros.id_fatura
    where
        primeiros.nr_ref_de is null
        or primeiros.nr_ref_de > faturas.nr_mes_emissao + 1

),

situacoes as (

    select * from iniciais
    union all
    select * from mensais

),

final as (

    select
        faturas.id_fatura,
        faturas.id_cliente,
        faturas.nr_mes_emissao,
        situacoes.nr_ref_de,
        -- No window reaches back more than twelve months.
        least(situacoes.nr_ref_ate, faturas.nr_mes_emissao + 13) as nr_ref_ate,
        faturas.dt_vencimento,
        faturas.dt_limite,
        faturas.vl_fatura,
        faturas.vl_minimo,
        situacoes.vl_pago,
        coalesce(situacoes.dt_integral <= faturas.dt_limite, false)
            as fl_paga_em_dia,
        coalesce(situacoes.dt_minimo <= faturas.dt_limite, false)
            as fl_minimo_em_dia,
        -- NULL while the minimum is not reached: the days count on.
        case
            when situacoes.dt_minimo <= faturas.dt_limite then 0
            else situacoes.dt_minimo - faturas.dt_vencimento
        end as nr_dias_atraso,
        faturas.fl_minimo_ausente,
        faturas.fl_minimo_limitado
    from situacoes
    inner join faturas
        on situacoes.id_fatura = faturas.id_fatura
    where situacoes.nr_ref_de <= faturas.nr_mes_emissao + 12
    -- A month's invoices side by side: a close reads those of twelve months.
    order by 3

)

select * from final
