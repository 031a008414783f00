with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'vendas')) }}

),

renamed as (

    select
        ---------- ids
        idreserva as reserva_id,
        {{ cvdw_id('idhistorico') }} as historico_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idunidade') }} as unidade_id,
        {{ cvdw_id('idtipovenda') }} as tipovenda_id,
        {{ cvdw_id('idcliente') }} as cliente_id,
        {{ cvdw_text('idlead') }} as lead_ids,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,
        {{ cvdw_id('idmidia') }} as midia_id,
        {{ cvdw_text_id('idtabela') }} as tabela_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('aprovada') }} as aprovada,
        {{ cvdw_text('contrato_interno') }} as contrato_interno,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('planta') }} as planta,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('tipovenda') }} as tipovenda,
        {{ cvdw_text('documento_cliente') }} as cliente_documento,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('email') }} as email,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('cidade') }} as cidade,
        {{ cvdw_text('sexo') }} as sexo,
        {{ cvdw_text('estado_civil') }} as estado_civil,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('midia') }} as midia,
        {{ cvdw_text('campanha') }} as campanha,
        {{ cvdw_text('nometabela') }} as tabela,

        ---------- numerics
        idade as nr_idade,
        {{ cvdw_amount('renda') }} as vl_renda,
        {{ cvdw_amount('valor_contrato') }} as vl_contrato,
        {{ cvdw_amount('area_privativa') }} as qt_m2_privativa,

        ---------- dates
        {{ cvdw_date('data_reserva') }} as dt_reserva,
        {{ cvdw_date('data_venda') }} as dt_venda,
        {{ cvdw_date('data_historico') }} as dt_historico,

        ---------- what nests
        retornar_associados as associados,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'idtabela': 'id',
            'data_reserva': 'date',
            'data_venda': 'date',
            'data_historico': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
