with

source as (

    {{ html_decoded(source('raw_cvcrm', 'leads')) }}

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
        {{ clean_text('situacao') }} as situacao,
        {{ clean_text('nome') }} as nome,
        {{ clean_text('email') }} as email,
        {{ clean_text('telefone') }} as telefone,
        {{ clean_text('documento_cliente') }} as cliente_documento,
        {{ clean_text('cep_cliente') }} as cep_cliente,
        {{ clean_text('idempreendimento') }} as empreendimento_ids,
        {{ clean_text('empreendimento') }} as empreendimento,
        {{ clean_text('corretor') }} as corretor,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('gestor') }} as gestor,
        {{ clean_text('origem') }} as origem,
        {{ clean_text('origem_nome') }} as origem_nome,
        {{ clean_text('midia_original') }} as midia_original,
        {{ clean_text('midia_ultimo') }} as midia_ultimo,
        {{ clean_text('conversao') }} as conversao,
        {{ clean_text('renda_familiar') }} as renda_familiar,
        {{ clean_text('motivo_cancelamento') }} as motivo_cancelamento,
        {{ clean_text('estado') }} as estado,
        {{ clean_text('cidade') }} as cidade,
        {{ clean_text('regiao') }} as regiao,
        {{ clean_text('tags') }} as tags,

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
