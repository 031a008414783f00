with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'reservas')) }}

),

renamed as (

    select
        ---------- ids
        idreserva as reserva_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idetapa') }} as etapa_id,
        {{ cvdw_id('idbloco') }} as bloco_id,
        {{ cvdw_id('idunidade') }} as unidade_id,
        {{ cvdw_id('idtipovenda') }} as tipovenda_id,
        {{ cvdw_id('idtipo_reserva') }} as tipo_reserva_id,
        {{ cvdw_id('idcliente') }} as cliente_id,
        {{ cvdw_text('idlead') }} as lead_ids,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,
        {{ cvdw_id('idtime') }} as time_id,
        {{ cvdw_id('idmidia') }} as midia_id,
        {{ cvdw_id('idtabela') }} as tabela_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('codigointerno') }} as codigointerno,
        {{ cvdw_text('numero_venda') }} as numero_venda,
        {{ cvdw_text('aprovada') }} as aprovada,
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('situacao_comercial') }} as situacao_comercial,
        {{ cvdw_text('situacao_anterior') }} as situacao_anterior,
        {{ cvdw_text('venda') }} as venda,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('tipovenda') }} as tipovenda,
        {{ cvdw_text('tipo_reserva') }} as tipo_reserva,
        {{ cvdw_text('documento_cliente') }} as cliente_documento,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('email') }} as email,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('cidade') }} as cidade,
        {{ cvdw_text('sexo') }} as sexo,
        {{ cvdw_text('estado_civil') }} as estado_civil,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        coalesce(
            {{ cvdw_text('time') }}, {{ cvdw_text('nome_time') }}
        ) as time_corretor,
        {{ cvdw_text('midia') }} as midia,
        {{ cvdw_text('campanha') }} as campanha,
        {{ cvdw_text('nometabela') }} as tabela,
        {{ cvdw_text('motivo_cancelamento') }} as motivo_cancelamento,
        {{ cvdw_text('descricao_motivo_cancelamento') }}
            as descricao_motivo_cancelamento,

        ---------- numerics
        idade as nr_idade,
        {{ cvdw_amount('renda') }} as vl_renda,
        {{ cvdw_amount('valor_contrato') }} as vl_contrato,
        {{ cvdw_amount('valor_contrato_com_juros') }} as vl_contrato_com_juros,
        {{ cvdw_amount('valor_proposta') }} as vl_proposta,
        {{ cvdw_amount('valor_fgts') }} as vl_fgts,
        {{ cvdw_amount('valor_financiamento') }} as vl_financiamento,
        {{ cvdw_amount('valor_subsidio') }} as vl_subsidio,
        {{ cvdw_amount('vgv_tabela') }} as vl_vgv_tabela,
        {{ cvdw_amount('vpl_reserva') }} as vl_vpl_reserva,
        {{ cvdw_amount('vpl_tabela') }} as vl_vpl_tabela,

        ---------- dates
        {{ cvdw_date('data_cad') }} as dt_cadastro,
        {{ cvdw_date('data_venda') }} as dt_venda,
        {{ cvdw_date('data_contrato') }} as dt_contrato,
        {{ cvdw_date('data_aprovacao') }} as dt_aprovacao,
        {{ cvdw_date('data_cancelamento') }} as dt_cancelamento,
        {{ cvdw_date('data_ultima_alteracao_situacao') }}
            as dt_ultima_alteracao_situacao,
        {{ cvdw_date('vencimento') }} as dt_vencimento,

        ---------- what nests
        campos_adicionais,
        campos_adicionais_contrato,
        associados,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_cad': 'date',
            'data_venda': 'date',
            'data_contrato': 'date',
            'data_aprovacao': 'date',
            'data_cancelamento': 'date',
            'data_ultima_alteracao_situacao': 'date',
            'data_modificacao': 'date',
            'vencimento': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('data_modificacao') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
