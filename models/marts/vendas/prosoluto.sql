with

vendas as (

    select * from {{ ref('int_vendas__vendas_valoradas') }}
    where fl_venda

),

-- What the contract has of a component that nobody filled in is nothing.
computed as (

    select
        *,
        valor
        - coalesce(valor_financiamento, 0)
        - coalesce(valor_fgts, 0)
        - coalesce(valor_subsidio, 0) as valor_prosoluto
    from vendas

),

final as (

    select
        reserva_id,
        dt_venda as data_venda,
        empreendimento_id,
        empreendimento,
        corretor_id,
        corretor,
        cast(valor as numeric(15, 2)) as valor_contrato,
        cast(valor_financiamento as numeric(15, 2)) as valor_financiamento,
        cast(valor_fgts as numeric(15, 2)) as valor_fgts,
        cast(valor_subsidio as numeric(15, 2)) as valor_subsidio,
        cast(valor_prosoluto as numeric(15, 2)) as valor_prosoluto,
        cast(valor_entrada as numeric(15, 2)) as valor_entrada,
        {{ percentage('valor_prosoluto', 'greatest(valor, 0)') }}
            as pc_prosoluto,
        cast(comissao_valor as numeric(15, 2)) as comissao_valor,
        cast(
            comissao_valor * valor_prosoluto / nullif(greatest(valor, 0), 0)
            as numeric(15, 2)
        ) as comissao_prosoluto,
        coalesce(valor_prosoluto < 0 or valor_prosoluto > valor, false)
            as fl_inconsistente
    from computed

)

select * from final
