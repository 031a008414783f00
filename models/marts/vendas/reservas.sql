with

reservas as (

    select * from {{ ref('int_vendas__reservas_vigentes') }}

),

final as (

    select
        reserva_id,
        ativo,
        situacao,
        situacao_comercial,
        {{ is_sale('ativo', 'dt_venda') }} as fl_venda,
        empreendimento_id,
        empreendimento,
        etapa,
        bloco,
        unidade_id,
        unidade,
        regiao,
        tipovenda as tipo_venda,
        tipo_reserva,
        cliente_id,
        corretor_id,
        corretor,
        imobiliaria_id,
        imobiliaria,
        time_id,
        time_corretor,
        midia,
        campanha,
        tabela,
        numero_venda,
        codigointerno as codigo_interno,
        motivo_cancelamento,
        cast(vl_contrato as numeric(15, 2)) as valor_contrato,
        cast(vl_contrato_com_juros as numeric(15, 2))
            as valor_contrato_com_juros,
        cast(vl_proposta as numeric(15, 2)) as valor_proposta,
        cast(vl_vgv_tabela as numeric(15, 2)) as vgv_tabela,
        cast(vl_financiamento as numeric(15, 2)) as valor_financiamento,
        cast(vl_fgts as numeric(15, 2)) as valor_fgts,
        cast(vl_subsidio as numeric(15, 2)) as valor_subsidio,
        dt_cadastro as data_cadastro,
        dt_vencimento as data_vencimento,
        dt_aprovacao as data_aprovacao,
        dt_contrato as data_contrato,
        dt_venda as data_venda,
        dt_cancelamento as data_cancelamento,
        dt_ultima_alteracao_situacao as data_ultima_situacao,
        dbt_valid_from as conhecida_desde
    from reservas

)

select * from final
