{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[{'columns': ['dt_ref', 'id_cliente'], 'unique': true}],
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
            cast(
                count(*) filter (where {{ condition }}) as integer
            )
                as {{ name }},
        {%- endfor %}
        {%- for name, (amount, condition) in book_amounts().items() %}
            cast(
                coalesce(sum({{ amount }}) filter (where {{ condition }}), 0)
                as bigint
            ) as {{ name }},
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
    from {{ ref('int_cartoes__pagamentos_mensais') }} as mensais
    inner join meses
        on meses.nr_ref - mensais.nr_mes between 1 and 12
    where {{ months_in_reach('mensais.nr_mes', escolhidos) }}
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
            ) < {{ k }} as fl_incompleta_u{{ k }}m,
        {%- endfor %}
        count(*) as qt_mes
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
        clientes.id_cliente,
        clientes.qt_mes_relacionamento,
        pagamentos_janelas.dt_ultimo,
        {%- for k in janelas %}
            {%- set parts = janelas[:loop.index] %}
            {%- for name in book_counts() | list + book_amounts() | list
                + ['qt_mes'] %}
                {% for part in parts -%}
                    coalesce(
                        parte_{{ part }}.{{ name }}, 0
                    ){{ " + " if not loop.last }}
                {%- endfor %} as {{ name }}_u{{ k }}m,
            {%- endfor %}
            {{ extreme('greatest', 'vl_maxima', parts) }}
                as vl_maxima_u{{ k }}m,
            {{ extreme('least', 'vl_minima', parts) }} as vl_minima_u{{ k }}m,
            {{ extreme('greatest', 'nr_dias_atraso_maximo', parts) }}
                as nr_dias_atraso_maximo_u{{ k }}m,
            least({{ k }}, clientes.qt_mes_relacionamento)
                as qt_mes_u{{ k }}m_r,
            coalesce(pagamentos_janelas.qt_pagamento_u{{ k }}m, 0)
                as qt_pagamento_u{{ k }}m,
            coalesce(pagamentos_janelas.vl_pagamento_u{{ k }}m, 0)
                as vl_pagamento_u{{ k }}m,
            cobertura.fl_incompleta_u{{ k }}m,
        {%- endfor %}
        {{ any_part('fl_minimo_ausente', janelas) }} as fl_minimo_ausente,
        {{ any_part('fl_minimo_limitado', janelas) }} as fl_minimo_limitado
    from clientes
    inner join cobertura
        on clientes.nr_ref = cobertura.nr_ref
    {%- for part in janelas %}
        left join faturas_partes as parte_{{ part }}
            on
                clientes.nr_ref = parte_{{ part }}.nr_ref
                and clientes.id_cliente = parte_{{ part }}.id_cliente
                and parte_{{ part }}.janela = {{ part }}
    {%- endfor %}
    left join pagamentos_janelas
        on
            clientes.nr_ref = pagamentos_janelas.nr_ref
            and clientes.id_cliente = pagamentos_janelas.id_cliente

),

final as (

    select
        reunidos.dt_ref,
        reunidos.id_cliente,
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
        -- One quotient: rounded in between, halves would be lost.
        cast(
            1.0 * reunidos.vl_exigivel_u3m * reunidos.qt_mes_u12m_r
            / nullif(reunidos.vl_exigivel_u12m * reunidos.qt_mes_u3m_r, 0)
            as numeric(15, 4)
        ) as rz_fatura_media_mes_u3m_u12m,
        reunidos.fl_minimo_ausente,
        reunidos.fl_minimo_limitado
    from reunidos
    -- Only who paid nothing in twelve months is looked up further back.
    left join
        lateral (
            select max(mensais.dt_ultimo) as dt_ultimo
            from {{ ref('int_cartoes__pagamentos_mensais') }} as mensais
            where
                reunidos.dt_ultimo is null
                and mensais.id_cliente = reunidos.id_cliente
                and mensais.nr_mes < {{ month_number('reunidos.dt_ref') }}
        ) as mais_antigo
        on true

)

select * from final
