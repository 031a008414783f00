with

meses as (

    select * from {{ ref('int_vendas__meses_vistos') }}
    where fl_24m

),

vendas as (

    select * from {{ ref('vendas') }}
    where fl_venda

),

prosoluto as (

    select * from {{ ref('prosoluto') }}

),

final as (

    select
        meses.mes,
        meses.ano,
        {{ sales_measures('vendas') }},
        cast(
            count(case when prosoluto.valor_prosoluto > 0 then 1 end) as integer
        ) as quantidade_prosoluto,
        {{ sales_total('prosoluto', 'valor_prosoluto') }} as valor_prosoluto,
        cast(
            avg(
                case
                    when prosoluto.valor_prosoluto > 0
                        then prosoluto.valor_prosoluto
                end
            ) as numeric(18, 2)
        ) as prosoluto_medio,
        {{ percentage(
            'count(case when prosoluto.valor_prosoluto > 0 then 1 end)',
            'count(vendas.reserva_id)'
        ) }} as pc_vendas_com_prosoluto,
        {{ percentage(
            'sum(prosoluto.valor_prosoluto)', 'sum(vendas.valor)'
        ) }} as pc_valor_prosoluto
    from meses
    left join vendas
        on meses.mes = {{ month_start('vendas.data_venda') }}
    left join prosoluto
        on vendas.reserva_id = prosoluto.reserva_id
    group by 1, 2

)

select * from final
