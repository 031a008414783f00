with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'empreendimentos')) }}

),

renamed as (

    select
        ---------- ids
        idempreendimento as empreendimento_id,
        {{ cvdw_id('idempresa') }} as empresa_id,

        ---------- strings
        {{ cvdw_text('nome') }} as nome,
        {{ cvdw_text('sigla') }} as sigla,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('cidade') }} as cidade,
        {{ cvdw_text('estado') }} as estado,
        {{ cvdw_text('bairro') }} as bairro,
        {{ cvdw_text('cep') }} as cep,

        ---------- numerics
        {{ cvdw_numeric('andamento') }} as pc_andamento,
        unidades_disponiveis as qt_disponivel_crm,

        ---------- dates
        {{ cvdw_date('data_entrega') }} as dt_entrega,

        ---------- what nests
        tipo_empreendimento,
        segmento,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_entrega': 'date',
            'andamento': 'numeric',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
