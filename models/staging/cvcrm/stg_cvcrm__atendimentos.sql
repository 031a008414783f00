with

source as (

    {{ html_decoded(source('raw_cvcrm', 'atendimentos')) }}

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
        {{ clean_text('protocolo') }} as protocolo,
        {{ clean_text('situacao') }} as situacao,
        {{ clean_text('prioridade') }} as prioridade,
        {{ clean_text('canal') }} as canal,
        {{ clean_text('origem') }} as origem,
        {{ clean_text('assunto') }} as assunto,
        {{ clean_text('subassunto') }} as subassunto,
        {{ clean_text('tipo') }} as tipo,
        {{ clean_text('classificacao') }} as classificacao,
        {{ clean_text('humor_cliente') }} as humor_cliente,
        {{ clean_text('empreendimento') }} as empreendimento,
        {{ clean_text('etapa') }} as etapa,
        {{ clean_text('bloco') }} as bloco,
        {{ clean_text('unidade') }} as unidade,
        {{ clean_text('regiao') }} as regiao,
        {{ clean_text('cliente') }} as cliente,
        {{ clean_text('documento_cliente') }} as cliente_documento,
        {{ clean_text('nome_cliente') }} as nome_cliente,
        {{ clean_text('email_cliente') }} as email_cliente,
        {{ clean_text('telefone_atendimento') }} as telefone_atendimento,
        {{ clean_text('cep_cliente') }} as cep_cliente,
        {{ clean_text('corretor') }} as corretor,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('responsavel') }} as responsavel,
        {{ clean_text('tags') }} as tags,

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
