with

vinculos as (

    select * from {{ ref('vinculos') }}
    where fonte = 'vendas'

),

vendas as (

    select
        vinculos.cliente_360_id,
        vendas.reserva_id,
        vendas.valor,
        vendas.data_venda,
        repasses.situacao as repasse_situacao,
        row_number() over (
            partition by vinculos.cliente_360_id
            order by vendas.data_venda desc nulls last, vendas.reserva_id desc
        ) as nr_ordem
    from vinculos
    inner join {{ ref('int_vendas__compradores_vistos') }} as compradores
        on vinculos.registro = compradores.comprador
    inner join {{ ref('vendas') }} as vendas
        on
            compradores.reserva_id = vendas.reserva_id
            and vendas.fl_venda
    left join {{ ref('int_vendas__repasses_atuais') }} as repasses
        on vendas.reserva_id = repasses.reserva_id

),

final as (

    select
        cliente_360_id,
        cast(count(*) as integer) as qt_venda,
        cast(sum(valor) as numeric(15, 2)) as vl_venda,
        max(data_venda) as dt_ultima_venda,
        max(case when nr_ordem = 1 then repasse_situacao end)
            as repasse_situacao
    from vendas
    group by 1

)

select * from final
