with

source as (

    {{ html_decoded(source('raw_cvcrm', 'vendas')) }}

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
        {{ clean_text('idlead') }} as lead_ids,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,
        {{ cvdw_id('idmidia') }} as midia_id,
        {{ cvdw_text_id('idtabela') }} as tabela_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ clean_text('aprovada') }} as aprovada,
        {{ clean_text('contrato_interno') }} as contrato_interno,
        {{ clean_text('empreendimento') }} as empreendimento,
        {{ clean_text('etapa') }} as etapa,
        {{ clean_text('bloco') }} as bloco,
        {{ clean_text('unidade') }} as unidade,
        {{ clean_text('planta') }} as planta,
        {{ clean_text('regiao') }} as regiao,
        {{ clean_text('tipovenda') }} as tipovenda,
        {{ clean_text('documento_cliente') }} as cliente_documento,
        {{ clean_text('cliente') }} as cliente,
        {{ clean_text('email') }} as email,
        {{ clean_text('cep_cliente') }} as cep_cliente,
        {{ clean_text('cidade') }} as cidade,
        {{ clean_text('sexo') }} as sexo,
        {{ clean_text('estado_civil') }} as estado_civil,
        {{ clean_text('corretor') }} as corretor,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('midia') }} as midia,
        {{ clean_text('campanha') }} as campanha,
        {{ clean_text('nometabela') }} as tabela,

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
