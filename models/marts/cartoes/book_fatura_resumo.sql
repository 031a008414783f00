{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(months_to_rebuild()) }}',
    )
}}
{%- set a_fechar = ref('int_cartoes__meses_a_fechar') -%}
{%- set todos = ref('int_cartoes__meses_referidos') -%}
{%- set escolhidos = a_fechar if is_incremental() else todos -%}
{%- set janelas = book_windows() %}

with

meses as (

    select
        nr_ref,
        dt_ref
    from {{ escolhidos }}

),

-- What the clients' rows no longer hold unrounded, straight from the invoices.
faturas as (

    {{ invoices_seen(escolhidos) }}

),

faturas_somas as (

    select
        meses.dt_ref,
        {%- for k in janelas %}
            sum(faturas.vl_fatura) filter (
                where faturas.fl_vencida and faturas.janela <= {{ k }}
            ) as vl_vencida_u{{ k }}m,
            sum(faturas.nr_dias_atraso) filter (
                where faturas.fl_vencida and faturas.janela <= {{ k }}
            ) as nr_dias_atraso_u{{ k }}m,
        {%- endfor %}
        count(*) as qt_fatura
    from meses
    left join faturas
        on meses.nr_ref = faturas.nr_ref
    group by 1

),

clientes as (

    select * from {{ ref('book_fatura') }}
    where dt_ref in (select meses.dt_ref from meses)

),

{% for k in janelas -%}
    {%- set w = '_u' ~ k ~ 'm' -%}
    somas_u{{ k }}m as (

        select
            clientes.dt_ref,
            sum(clientes.qt_fatura{{ w }}) as qt_fatura,
            sum(clientes.qt_fatura_exigivel{{ w }}) as qt_exigivel,
            sum(clientes.qt_fatura_vencida{{ w }}) as qt_vencida,
            sum(clientes.vl_fatura_total{{ w }}) as vl_fatura,
            sum(clientes.qt_pagamento{{ w }}) as qt_pagamento,
            sum(clientes.vl_pagamento_total{{ w }}) as vl_pagamento,
            sum(clientes.vl_pago_fatura_total{{ w }}) as vl_pago,
            sum(clientes.qt_fatura_paga_em_dia{{ w }}) as qt_em_dia,
            sum(clientes.qt_fatura_inadimplente{{ w }}) as qt_inadimplente,
            sum(clientes.vl_inadimplente{{ w }}) as vl_inadimplente,
            sum(clientes.qt_fatura_atraso{{ w }}) as qt_atraso,
            max(clientes.nr_dias_atraso_maximo{{ w }}) as nr_dias_atraso_maximo,
            count(*) filter (where clientes.qt_fatura{{ w }} > 0) as qt_cliente
        from clientes
        group by 1

    ),

{% endfor -%}
somas as (
    {% for k in janelas %}
        select
            somas_u{{ k }}m.*,
            'U{{ k }}M' as periodo,
            faturas_somas.vl_vencida_u{{ k }}m / 100.0 as vl_vencida,
            faturas_somas.nr_dias_atraso_u{{ k }}m as nr_dias_atraso
        from somas_u{{ k }}m
        inner join faturas_somas
            on somas_u{{ k }}m.dt_ref = faturas_somas.dt_ref
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (

    select
        dt_ref,
        periodo,
        cast(qt_fatura as integer) as total_faturas,
        cast(vl_fatura as numeric(15, 2)) as valor_total_faturas,
        cast(vl_fatura / nullif(qt_exigivel, 0) as numeric(15, 2))
            as valor_medio_faturas,
        cast(qt_pagamento as integer) as total_pagamentos,
        cast(vl_pagamento as numeric(15, 2)) as valor_total_pagamentos,
        cast(vl_pagamento / nullif(qt_pagamento, 0) as numeric(15, 2))
            as valor_medio_pagamentos,
        {{ percentage('qt_em_dia', 'qt_vencida') }}
            as percentual_pagamento_prazo,
        {{ percentage('qt_inadimplente', 'qt_vencida') }}
            as percentual_inadimplencia,
        cast(qt_atraso as integer) as total_atrasos,
        {{ percentage('qt_atraso', 'qt_vencida') }} as percentual_atrasos,
        cast(1.0 * nr_dias_atraso / nullif(qt_vencida, 0) as numeric(9, 2))
            as media_dias_atraso,
        nr_dias_atraso_maximo as max_dias_atraso,
        cast(vl_inadimplente as numeric(15, 2)) as valor_inadimplente,
        {{ percentage('vl_pago', 'vl_vencida') }} as percentual_valor_pago,
        cast(qt_cliente as integer) as total_clientes,
        cast(vl_fatura / nullif(qt_cliente, 0) as numeric(15, 2))
            as media_fatura_por_cliente,
        cast(vl_pagamento / nullif(qt_cliente, 0) as numeric(15, 2))
            as media_pagamento_por_cliente
    from somas

)

select * from final
