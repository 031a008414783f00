with

base as (

    select * from {{ ref('int_vendas__datas_base') }}
    where dt_base is not null

),

vendas as (

    select * from {{ ref('vendas') }}
    where fl_venda

),

anos as (

    select
        {{ year_start('dt_base') }} as dt_inicio,
        dt_base as dt_corte,
        true as fl_ano_atual
    from base
    union all
    select
        {{ year_start('dt_base_ano_passado') }} as dt_inicio,
        dt_base_ano_passado as dt_corte,
        false as fl_ano_atual
    from base

),

cut as (

    select
        anos.dt_inicio,
        anos.dt_corte,
        anos.fl_ano_atual,
        {{ sales_measures('vendas') }}
    from anos
    left join vendas
        on
            anos.dt_inicio <= vendas.data_venda
            and anos.dt_corte >= vendas.data_venda
    group by 1, 2, 3

),

-- Last year is over, so its whole can be told too.
whole as (

    select
        anos.dt_inicio,
        cast(count(vendas.reserva_id) as integer) as quantidade_ano_completo,
        {{ sales_total('vendas', 'valor') }} as valor_ano_completo
    from anos
    left join vendas
        on anos.dt_inicio = {{ year_start('vendas.data_venda') }}
    where not anos.fl_ano_atual
    group by 1

),

passado as (

    select * from cut
    where not fl_ano_atual

),

final as (

    select
        {{ year_of('cut.dt_inicio') }} as ano,
        case when cut.fl_ano_atual then 'atual' else 'passado' end as periodo,
        cut.dt_inicio,
        cut.dt_corte,
        cut.quantidade_vendas,
        cut.valor_total,
        cut.ticket_medio,
        cut.vgv_total,
        cut.total_comissoes,
        cut.media_comissoes,
        cut.qt_sem_valor,
        {{ variation('cut.quantidade_vendas', 'passado.quantidade_vendas') }}
            as variacao_quantidade,
        {{ variation('cut.valor_total', 'passado.valor_total') }}
            as variacao_valor,
        {{ variation('cut.ticket_medio', 'passado.ticket_medio') }}
            as variacao_ticket,
        whole.quantidade_ano_completo,
        whole.valor_ano_completo
    from cut
    left join passado
        on cut.fl_ano_atual
    left join whole
        on cut.dt_inicio = whole.dt_inicio

)

select * from final
