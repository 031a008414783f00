with

contratos as (

    select
        num_contrato,
        cliente_id,
        saldo_atual,
        valor_contrato,
        carregado_em
    from {{ ref('int_carteira__contratos_atuais') }}

),

final as (

    select
        {{ divergence(
            'SALDO_ACIMA_VALOR',
            'carteira',
            chave='num_contrato',
            campo="'saldo_atual'",
            cliente_id='cliente_id',
            valor_atual='saldo_atual',
            dt_processamento=local_date('carregado_em'),
        ) }}
    from contratos
    where
        saldo_atual - valor_contrato > {{ var('divergencia_tolerancia') }}

)

select * from final
