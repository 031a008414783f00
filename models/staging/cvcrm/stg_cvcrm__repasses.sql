with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'repasses')) }}

),

renamed as (

    select
        ---------- ids
        idrepasse as repasse_id,
        coalesce(
            {{ cvdw_id('reserva') }}, {{ cvdw_id('idreserva') }}
        ) as reserva_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idunidade') }} as unidade_id,
        {{ cvdw_id('idcliente') }} as cliente_id,
        {{ cvdw_text('idlead') }} as lead_ids,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('documento_cliente') }} as cliente_documento,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('numero_contrato') }} as numero_contrato,
        {{ cvdw_text('correspondente') }} as correspondente,
        {{ cvdw_text('banco') }} as banco,
        {{ cvdw_text('agencia') }} as agencia,

        ---------- numerics
        {{ cvdw_amount('valor_previsto') }} as vl_previsto,
        {{ cvdw_amount('parcela_conclusao') }} as vl_parcela_conclusao,
        {{ cvdw_amount('saldo_devedor') }} as vl_saldo_devedor,
        {{ cvdw_amount('valor_divida') }} as vl_divida,
        {{ cvdw_amount('valor_subsidio') }} as vl_subsidio,
        {{ cvdw_amount('valor_fgts') }} as vl_fgts,
        {{ cvdw_amount('valor_registro') }} as vl_registro,
        {{ cvdw_amount('valor_financiado') }} as vl_financiado,
        {{ cvdw_amount('valor_contrato') }} as vl_contrato,

        ---------- booleans
        {{ cvdw_boolean('contrato_quitado') }} as fl_contrato_quitado,
        {{ cvdw_boolean('contrato_liquidado') }} as fl_contrato_liquidado,
        {{ cvdw_boolean('registro_pago') }} as fl_registro_pago,

        ---------- dates
        {{ cvdw_date('data_cadastro') }} as dt_cadastro,
        {{ cvdw_date('data_venda') }} as dt_venda,
        {{ cvdw_date('data_registro') }} as dt_registro,
        {{ cvdw_date('data_assinatura_de_contrato') }}
            as dt_assinatura_de_contrato,
        {{ cvdw_date('data_contrato_liberado') }} as dt_contrato_liberado,
        {{ cvdw_date('data_recurso_liberado') }} as dt_recurso_liberado,
        {{ cvdw_date('data_alteracao_status') }} as dt_alteracao_status,

        ---------- what nests
        campos_adicionais,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'contrato_quitado': 'boolean',
            'contrato_liquidado': 'boolean',
            'registro_pago': 'boolean',
            'data_cadastro': 'date',
            'data_venda': 'date',
            'data_registro': 'date',
            'data_assinatura_de_contrato': 'date',
            'data_contrato_liberado': 'date',
            'data_recurso_liberado': 'date',
            'data_alteracao_status': 'date',
            'data_modificacao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('data_modificacao') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
