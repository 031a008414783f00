with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'atendimentos')) }}

),

renamed as (

    select
        ---------- ids
        idatendimento as atendimento_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_text_id('idunidade') }} as unidade_id,
        {{ cvdw_id('idcliente') }} as cliente_id,
        {{ cvdw_id('idlead') }} as lead_id,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('protocolo') }} as protocolo,
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('prioridade') }} as prioridade,
        {{ cvdw_text('canal') }} as canal,
        {{ cvdw_text('origem') }} as origem,
        {{ cvdw_text('assunto') }} as assunto,
        {{ cvdw_text('subassunto') }} as subassunto,
        {{ cvdw_text('tipo') }} as tipo,
        {{ cvdw_text('classificacao') }} as classificacao,
        {{ cvdw_text('humor_cliente') }} as humor_cliente,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('documento_cliente') }} as cliente_documento,
        {{ cvdw_text('nome_cliente') }} as nome_cliente,
        {{ cvdw_text('email_cliente') }} as email_cliente,
        {{ cvdw_text('telefone_atendimento') }} as telefone_atendimento,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('responsavel') }} as responsavel,
        {{ cvdw_text('tags') }} as tags,

        ---------- numerics
        avaliacao as nr_avaliacao,
        tempo_resposta as qt_minuto_resposta,
        tempo_finalizado as qt_minuto_finalizacao,
        quantidade_mensagens as qt_mensagem,
        quantidade_interacoes as qt_interacao,

        ---------- booleans
        {{ cvdw_boolean('encerrado_primeiro_contato') }} as fl_primeiro_contato,

        ---------- dates
        {{ cvdw_date('data_cad') }} as dt_cadastro,
        {{ cvdw_date('data_situacao') }} as dt_situacao,
        {{ cvdw_date('previsao_conclusao') }} as dt_previsao_conclusao,
        {{ cvdw_date('data_finalizado') }} as dt_finalizado,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'encerrado_primeiro_contato': 'boolean',
            'idunidade': 'id',
            'data_cad': 'date',
            'data_situacao': 'date',
            'previsao_conclusao': 'date',
            'data_finalizado': 'date',
            'data_modificacao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('data_modificacao') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
