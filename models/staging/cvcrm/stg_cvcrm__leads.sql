with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'leads')) }}

),

renamed as (

    select
        ---------- ids
        idlead as lead_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,
        {{ cvdw_id('idempreendimento_primeiro') }}
            as empreendimento_primeiro_id,
        {{ cvdw_id('idempreendimento_ultimo') }} as empreendimento_ultimo_id,
        {{ cvdw_id('idcorretor') }} as corretor_id,
        {{ cvdw_id('idimobiliaria') }} as imobiliaria_id,
        {{ cvdw_id('reserva') }} as reserva_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('nome') }} as nome,
        {{ cvdw_text('email') }} as email,
        {{ cvdw_text('telefone') }} as telefone,
        {{ cvdw_text('documento_cliente') }} as cliente_documento,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('idempreendimento') }} as empreendimento_ids,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('gestor') }} as gestor,
        {{ cvdw_text('origem') }} as origem,
        {{ cvdw_text('origem_nome') }} as origem_nome,
        {{ cvdw_text('midia_original') }} as midia_original,
        {{ cvdw_text('midia_ultimo') }} as midia_ultimo,
        {{ cvdw_text('conversao') }} as conversao,
        {{ cvdw_text('renda_familiar') }} as renda_familiar,
        {{ cvdw_text('motivo_cancelamento') }} as motivo_cancelamento,
        {{ cvdw_text('estado') }} as estado,
        {{ cvdw_text('cidade') }} as cidade,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('tags') }} as tags,

        ---------- numerics
        score as nr_score,

        ---------- dates
        {{ cvdw_date('data_cad') }} as dt_cadastro,
        {{ cvdw_date('data_cancelamento') }} as dt_cancelamento,
        {{ cvdw_date('data_ultima_interacao') }} as dt_ultima_interacao,
        {{ cvdw_date('data_ultima_alteracao') }} as dt_ultima_alteracao,

        ---------- what nests
        campos_adicionais,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_cad': 'date',
            'data_cancelamento': 'date',
            'data_ultima_interacao': 'date',
            'data_ultima_alteracao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
