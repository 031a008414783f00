-- Of a person's accounts the one with most months shows the metrics: shares of
-- different incomes can't be added.

with

vinculos as (

    select * from {{ ref('vinculos') }}
    where fonte = 'banco'

),

ranked as (

    select
        vinculos.cliente_360_id,
        clientes.edad,
        clientes.provincia,
        metricas.*,
        row_number() over (
            partition by vinculos.cliente_360_id
            order by
                metricas.qt_mes desc,
                metricas.gasto_mensual_promedio desc nulls last,
                metricas.cliente_id asc
        ) as nr_ordem
    from vinculos
    inner join {{ ref('metricas_bancarias') }} as metricas
        on vinculos.registro = metricas.cliente_id
    inner join {{ ref('clientes_banco') }} as clientes
        on vinculos.registro = clientes.cliente_id

),

final as (

    select
        cliente_360_id,
        edad,
        provincia,
        ingresos_mensuales,
        ingresos_estimados,
        gasto_mensual_promedio,
        score_endeudamiento,
        qt_mes,
        fl_sem_renda,
        fl_sem_transacao
    from ranked
    where nr_ordem = 1

)

select * from final
