with

meses as (

    select * from {{ ref('int_vendas__meses_vistos') }}
    where fl_24m

),

vendas as (

    select * from {{ ref('vendas') }}
    where fl_venda

),

final as (

    select
        meses.mes,
        meses.ano,
        {{ sales_measures('vendas') }}
    from meses
    left join vendas
        on meses.mes = {{ month_start('vendas.data_venda') }}
    group by 1, 2

)

select * from final
