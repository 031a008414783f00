with

repasses as (

    select * from {{ ref('stg_cvcrm__repasses') }}

),

final as (

    select
        repasse_id,
        reserva_id,
        ativo,
        situacao,
        empreendimento_id,
        empreendimento,
        etapa,
        bloco,
        unidade_id,
        unidade,
        cliente_id,
        numero_contrato,
        correspondente,
        banco,
        agencia as agencia_banco,
        fl_contrato_quitado,
        fl_contrato_liquidado,
        fl_registro_pago,
        cast(vl_contrato as numeric(15, 2)) as valor_contrato,
        cast(vl_financiado as numeric(15, 2)) as valor_financiado,
        cast(vl_fgts as numeric(15, 2)) as valor_fgts,
        cast(vl_subsidio as numeric(15, 2)) as valor_subsidio,
        cast(vl_previsto as numeric(15, 2)) as valor_previsto,
        cast(vl_divida as numeric(15, 2)) as valor_divida,
        cast(vl_saldo_devedor as numeric(15, 2)) as saldo_devedor,
        dt_cadastro as data_cadastro,
        dt_venda as data_venda,
        dt_assinatura_de_contrato as data_assinatura,
        dt_registro as data_registro,
        dt_recurso_liberado as data_recurso_liberado,
        dt_alteracao_status as data_situacao
    from repasses

)

select * from final
