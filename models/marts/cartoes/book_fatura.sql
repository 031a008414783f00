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
{%- set janelas = book_windows() -%}
{%- set sums = book_counts() | list + book_amounts() | list + ['qt_mes'] %}

with

meses as (

    select
        nr_ref,
        dt_ref
    from {{ escolhidos }}

),

faturas as (

    {{ invoices_seen(escolhidos) }}

),

-- A line counts once, in the smallest window that it is in; the windows are
-- then sums of a client's four parts.
faturas_partes as (

    select
        nr_ref,
        id_cliente,
        janela,
        {%- for name, condition in book_counts().items() %}
        cast(count(*) filter (where {{ condition }}) as integer) as {{ name }},
        {%- endfor %}
        {%- for name, (amount, condition) in book_amounts().items() %}
        cast(sum({{ amount }}) filter (where {{ condition }}) as bigint)
            as {{ name }},
        {%- endfor %}
        max(vl_fatura) filter (where fl_exigivel) as vl_maxima,
        min(vl_fatura) filter (where fl_exigivel) as vl_minima,
        max(nr_dias_atraso) filter (where fl_vencida) as nr_dias_atraso_maximo,
        cast({{ distinct_bits('nr_meses_atras') }} as integer) as qt_mes,
        bool_or(fl_minimo_ausente) filter (where fl_exigivel)
            as fl_minimo_ausente,
        bool_or(fl_minimo_limitado) filter (where fl_exigivel)
            as fl_minimo_limitado
    from faturas
    group by 1, 2, 3

),

faturas_janelas as (

    select
        nr_ref,
        id_cliente,
        {%- for k in janelas %}
            {%- for name in sums %}
        sum({{ name }}) filter (where janela <= {{ k }}) as {{ name }}_u{{ k }}m,
            {%- endfor %}
        max(vl_maxima) filter (where janela <= {{ k }}) as vl_maxima_u{{ k }}m,
        min(vl_minima) filter (where janela <= {{ k }}) as vl_minima_u{{ k }}m,
        max(nr_dias_atraso_maximo) filter (where janela <= {{ k }})
            as nr_dias_atraso_maximo_u{{ k }}m,
        {%- endfor %}
        bool_or(fl_minimo_ausente) as fl_minimo_ausente,
        bool_or(fl_minimo_limitado) as fl_minimo_limitado
    from faturas_partes
    group by 1, 2

),

pagamentos_mensais as (

    select
        id_cliente,
        {{ month_number('dt_pagamento') }} as nr_mes,
        count(*) filter (where vl_pagamento > 0) as qt_pagamento,
        sum(vl_pagamento) as vl_pagamento,
        max(dt_pagamento) filter (where vl_pagamento > 0) as dt_ultimo
    from {{ ref('pagamentos') }}
    where {{ days_in_reach('dt_pagamento', escolhidos) }}
    group by 1, 2

),

pagamentos_janelas as (

    select
        meses.nr_ref,
        mensais.id_cliente,
        {%- for k in janelas %}
        sum(mensais.qt_pagamento) filter (
            where meses.nr_ref - mensais.nr_mes <= {{ k }}
        ) as qt_pagamento_u{{ k }}m,
        sum(mensais.vl_pagamento) filter (
            where meses.nr_ref - mensais.nr_mes <= {{ k }}
        ) as vl_pagamento_u{{ k }}m,
        {%- endfor %}
        max(mensais.dt_ultimo) as dt_ultimo
    from pagamentos_mensais as mensais
    inner join meses
        on meses.nr_ref - mensais.nr_mes between 1 and 12
    group by 1, 2

),

cobertura as (

    select
        meses.nr_ref,
        {%- for k in janelas %}
        count(*) filter (
            where
            anteriores.fl_mes_anterior_coberto
            and meses.nr_ref - anteriores.nr_ref < {{ k }}
        ) < {{ k }} as fl_incompleta_u{{ k }}m{{ "," if not loop.last }}
        {%- endfor %}
    from meses
    left join {{ todos }} as anteriores
        on meses.nr_ref - anteriores.nr_ref between 0 and 11
    group by 1

),

clientes as (

    select
        meses.nr_ref,
        meses.dt_ref,
        iniciados.id_cliente,
        meses.nr_ref - iniciados.nr_mes_primeira as qt_mes_relacionamento
    from {{ ref('int_cartoes__clientes_iniciados') }} as iniciados
    inner join meses
        on iniciados.nr_mes_primeira < meses.nr_ref

),

reunidos as (

    select
        clientes.dt_ref,
        clientes.qt_mes_relacionamento,
        clientes.id_cliente as id,
        faturas_janelas.*,
        pagamentos_janelas.dt_ultimo,
        {%- for k in janelas %}
        coalesce(pagamentos_janelas.qt_pagamento_u{{ k }}m, 0)
            as qt_pagamento_u{{ k }}m,
        coalesce(pagamentos_janelas.vl_pagamento_u{{ k }}m, 0)
            as vl_pagamento_u{{ k }}m,
        coalesce(faturas_janelas.vl_exigivel_u{{ k }}m, 0)
        / 100.0
        / least({{ k }}, clientes.qt_mes_relacionamento)
            as vl_media_mes_u{{ k }}m,
        least({{ k }}, clientes.qt_mes_relacionamento)
        - coalesce(faturas_janelas.qt_mes_u{{ k }}m, 0)
            as qt_mes_sem_fatura_u{{ k }}m,
        cobertura.fl_incompleta_u{{ k }}m{{ "," if not loop.last }}
        {%- endfor %}
    from clientes
    inner join cobertura
        on clientes.nr_ref = cobertura.nr_ref
    left join faturas_janelas
        on
            clientes.nr_ref = faturas_janelas.nr_ref
            and clientes.id_cliente = faturas_janelas.id_cliente
    left join pagamentos_janelas
        on
            clientes.nr_ref = pagamentos_janelas.nr_ref
            and clientes.id_cliente = pagamentos_janelas.id_cliente

),

final as (

    select
        reunidos.dt_ref,
        reunidos.id as id_cliente,
        {%- for k in janelas %}
        {{ book_variables('u' ~ k ~ 'm') }},
        {%- endfor %}
        cast(
            reunidos.dt_ref - coalesce(
                reunidos.dt_ultimo, mais_antigo.dt_ultimo
            ) as integer
        ) as nr_dias_desde_ultimo_pagamento,
        cast(reunidos.qt_mes_relacionamento as integer)
            as qt_mes_relacionamento,
        cast(
            reunidos.vl_media_mes_u3m
            / nullif(reunidos.vl_media_mes_u12m, 0) as numeric(15, 4)
        ) as rz_fatura_media_mes_u3m_u12m,
        coalesce(reunidos.fl_minimo_ausente, false) as fl_minimo_ausente,
        coalesce(reunidos.fl_minimo_limitado, false) as fl_minimo_limitado
    from reunidos
    -- Only who paid nothing in twelve months is looked up further back.
    left join lateral (
        select max(pagamentos.dt_pagamento) as dt_ultimo
        from {{ ref('pagamentos') }} as pagamentos
        where
            reunidos.dt_ultimo is null
            and pagamentos.id_cliente = reunidos.id
            and pagamentos.dt_pagamento < reunidos.dt_ref
            and pagamentos.vl_pagamento > 0
    ) as mais_antigo
        on true

)

select * from final
