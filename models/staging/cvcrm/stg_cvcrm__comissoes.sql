with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'comissoes')) }}

),

renamed as (

    select
        ---------- ids
        idcomissao as comissao_id,
        {{ cvdw_id('idreserva') }} as reserva_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('corretor') }} as corretor,
        {{ cvdw_text('imobiliaria') }} as imobiliaria,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('regiao') }} as regiao,
        {{ cvdw_text('cliente') }} as cliente,
        {{ cvdw_text('cep_cliente') }} as cep_cliente,
        {{ cvdw_text('nota_fiscal') }} as nota_fiscal,

        ---------- numerics
        {{ cvdw_amount('valor_contrato') }} as vl_contrato,
        {{ cvdw_amount('porcentagem_comissao') }} as pc_comissao,
        {{ cvdw_amount('valor_comissao') }} as vl_comissao,
        {{ cvdw_amount('valor_comissao_apagar') }} as vl_comissao_apagar,
        {{ cvdw_amount('valor_pagamento') }} as vl_pagamento,

        ---------- dates
        {{ cvdw_date('data_pagamento') }} as dt_pagamento,
        {{ cvdw_date('data_cad') }} as dt_cadastro,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_pagamento': 'date',
            'data_cad': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
