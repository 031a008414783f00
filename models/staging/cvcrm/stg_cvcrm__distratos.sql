with

source as (

    {{ html_decoded(source('raw_cvcrm', 'distratos')) }}

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
        {{ clean_text('aprovada') }} as aprovada,
        {{ clean_text('situacao_atual') }} as situacao_atual,
        {{ clean_text('empreendimento') }} as empreendimento,
        {{ clean_text('regiao') }} as regiao,
        {{ clean_text('etapa') }} as etapa,
        {{ clean_text('bloco') }} as bloco,
        {{ clean_text('unidade') }} as unidade,
        {{ clean_text('venda') }} as venda,
        {{ clean_text('cliente') }} as cliente,
        {{ clean_text('documento') }} as documento,
        {{ clean_text('cep_cliente') }} as cep_cliente,
        {{ clean_text('corretor') }} as corretor,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('motivo_distrato') }} as motivo_distrato,
        {{ clean_text('descricao_motivo_distrato') }}
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
