-- Invoices that got more than their value, and those that the issuer calls paid
-- though they got another sum. A credit invoice (below zero) owes nothing.

with

faturas as (

    select * from {{ ref('faturas') }}

),

pagamentos as (

    select
        id_fatura,
        sum(vl_pagamento) as vl_pago,
        max(carregado_em) as carregado_em
    from {{ ref('pagamentos') }}
    group by 1

),

-- Few texts stand in many lines, and taking accents off is dear.
situacoes as (

    select distinct status_fatura
    from faturas

),

pagas as (

    select status_fatura
    from situacoes
    where {{ text_key('status_fatura') }} in ('PAGA', 'QUITADA', 'LIQUIDADA')

),

comparadas as (

    select
        faturas.id_fatura,
        faturas.id_cliente,
        cast(greatest(faturas.vl_fatura, 0) as numeric(15, 2)) as vl_devido,
        cast(coalesce(pagamentos.vl_pago, 0) as numeric(15, 2)) as vl_pago,
        pagas.status_fatura is not null as fl_paga,
        greatest(faturas.carregado_em, pagamentos.carregado_em)
            as carregado_em
    from faturas
    left join pagamentos
        on faturas.id_fatura = pagamentos.id_fatura
    left join pagas
        on faturas.status_fatura = pagas.status_fatura

),

final as (

    select
        {{ divergence(
            'FATURA_CONTRA_PAGAMENTOS',
            'cartoes',
            chave='id_fatura',
            campo="'valor_pagamento'",
            cliente_id='id_cliente',
            valor_atual='vl_pago',
            valor_sugerido='vl_devido',
            dt_processamento=local_date('carregado_em'),
        ) }}
    from comparadas
    where
        vl_pago - vl_devido > {{ var('divergencia_tolerancia') }}
        or (
            fl_paga
            and vl_devido - vl_pago > {{ var('divergencia_tolerancia') }}
        )

)

select * from final
