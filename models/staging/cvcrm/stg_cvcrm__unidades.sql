with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'unidades')) }}

),

renamed as (

    select
        ---------- ids
        idunidade as unidade_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idtipo_empreendimento') }} as tipo_empreendimento_id,
        {{ cvdw_id('idetapa') }} as etapa_id,
        {{ cvdw_id('idbloco') }} as bloco_id,

        ---------- strings
        {{ cvdw_text('nome_empreendimento') }} as empreendimento,
        {{ cvdw_text('tipo_empreendimento') }} as tipo_empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('nome') }} as nome,
        {{ cvdw_text('tipologia') }} as tipologia,
        {{ cvdw_text('tipo') }} as tipo,
        {{ cvdw_text('andar') }} as andar,
        {{ cvdw_text('coluna') }} as coluna,
        {{ cvdw_text('posicao') }} as posicao,
        {{ cvdw_text('vagas_garagem') }} as vagas_garagem,
        {{ cvdw_text('situacao_nome') }} as situacao,
        {{ cvdw_text('situacao_bloqueada_motivo') }} as motivo_bloqueio,
        {{ cvdw_text('situacao_tipo_nome') }} as situacao_tipo,

        ---------- numerics
        {{ cvdw_numeric('area_privativa') }} as qt_m2_privativa,
        {{ cvdw_numeric('area_comum') }} as qt_m2_comum,
        {{ cvdw_numeric('valor') }} as vl_unidade,
        {{ cvdw_numeric('valor_avaliacao') }} as vl_avaliacao,
        situacao_mapa_disponibilidade as cd_disponibilidade,

        ---------- booleans
        situacao_reservada > 0 as fl_reservada,
        situacao_vendida > 0 as fl_vendida,
        {{ cvdw_boolean('situacao_bloqueada') }} as fl_bloqueada,
        {{ cvdw_boolean('situacao_bloqueados_internos') }}
            as fl_bloqueio_interno,
        situacao_para_venda > 0 as fl_para_venda,

        ---------- dates
        {{ cvdw_date('data_bloqueio') }} as dt_bloqueio,
        {{ cvdw_date('data_entrega') }} as dt_entrega,
        {{ cvdw_date('data_entrega_chaves') }} as dt_entrega_chaves,
        {{ cvdw_date('agendar_a_partir') }} as dt_visita_desde,
        {{ cvdw_date('liberar_a_partir') }} as dt_liberacao,
        {{ cvdw_date('situacao_reservada_vencimento') }}
            as dt_reserva_vencimento,
        {{ cvdw_date('situacao_reservada_inicio') }} as dt_reserva_inicio,

        ---------- what nests
        plantas,
        campos_adicionais,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'area_privativa': 'numeric',
            'area_comum': 'numeric',
            'valor': 'numeric',
            'valor_avaliacao': 'numeric',
            'data_bloqueio': 'date',
            'data_entrega': 'date',
            'data_entrega_chaves': 'date',
            'agendar_a_partir': 'date',
            'liberar_a_partir': 'date',
            'situacao_reservada_vencimento': 'date',
            'situacao_reservada_inicio': 'date',
            'situacao_bloqueada': 'boolean',
            'situacao_bloqueados_internos': 'boolean',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
