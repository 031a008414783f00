-- What history keeps: no names, documents or addresses, which would have to be
-- erased there too.
with

reservas as (

    select * from {{ ref('stg_cvcrm__reservas') }}

),

final as (

    select
        ---------- ids
        reserva_id,
        situacao_id,
        empreendimento_id,
        etapa_id,
        bloco_id,
        unidade_id,
        tipovenda_id,
        tipo_reserva_id,
        cliente_id,
        lead_ids,
        corretor_id,
        imobiliaria_id,
        time_id,
        midia_id,
        tabela_id,

        ---------- strings
        ativo,
        codigointerno,
        numero_venda,
        aprovada,
        situacao,
        situacao_comercial,
        empreendimento,
        etapa,
        bloco,
        unidade,
        regiao,
        tipovenda,
        tipo_reserva,
        corretor,
        imobiliaria,
        time_corretor,
        midia,
        campanha,
        tabela,
        motivo_cancelamento,

        ---------- numerics
        vl_contrato,
        vl_contrato_com_juros,
        vl_proposta,
        vl_fgts,
        vl_financiamento,
        vl_subsidio,
        vl_vgv_tabela,
        vl_vpl_reserva,
        vl_vpl_tabela,

        ---------- dates
        dt_cadastro,
        dt_venda,
        dt_contrato,
        dt_aprovacao,
        dt_cancelamento,
        dt_ultima_alteracao_situacao,
        dt_vencimento,

        ---------- timestamps
        cast(carregado_em at time zone 'UTC' as timestamp) as carregado_em

    from reservas

)

select * from final
