-- Sales whose other payers pay more than the contract, or take money out of it.

with

prosoluto as (

    select * from {{ ref('prosoluto') }}
    where fl_inconsistente

),

vendas as (

    select
        reserva_id,
        cliente_id
    from {{ ref('int_vendas__vendas_valoradas') }}

),

reservas as (

    select
        reserva_id,
        carregado_em
    from {{ ref('stg_cvcrm__reservas') }}

),

final as (

    select
        {{ divergence(
            'PROSOLUTO_INCONSISTENTE',
            'vendas',
            chave='prosoluto.reserva_id',
            campo="'valor_prosoluto'",
            cliente_id='vendas.cliente_id',
            valor_atual='prosoluto.valor_prosoluto',
            dt_processamento=local_date('reservas.carregado_em'),
        ) }}
    from prosoluto
    left join vendas
        on prosoluto.reserva_id = vendas.reserva_id
    left join reservas
        on prosoluto.reserva_id = reservas.reserva_id

)

select * from final
