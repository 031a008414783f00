with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'distratos')) }}

),

renamed as (

    select
        ---------- ids
        idreserva as reserva_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idunidade') }} as unidade_id,
        {{ cvdw_id('idcliente') }} as cliente_id,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('aprovada') }} as aprovada,
        {{ cvdw_text('situacao_atual') }} as situacao_atual,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('venda') }} as venda,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('documento') }} as documento,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('motivo_distrato') }} as motivo_distrato,
        {{ cvdw_text('descricao_motivo_distrato') }}
            as descricao_motivo_distrato,

        ---------- numerics
        {{ cvdw_amount('valor_contrato') }} as vl_contrato,

        ---------- dates
        {{ cvdw_date('data_cad') }} as dt_cadastro,
        {{ cvdw_date('situacao_data') }} as dt_situacao,
        {{ cvdw_date('data_sincronizacao') }} as dt_sincronizacao,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_cad': 'date',
            'situacao_data': 'date',
            'data_sincronizacao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
