with

source as (

    {{ html_decoded(source('raw_cvcrm', 'comissoes')) }}

),

renamed as (

    select
        ---------- ids
        idcomissao as comissao_id,
        {{ cvdw_id('idreserva') }} as reserva_id,
        {{ cvdw_id('idsituacao') }} as situacao_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ clean_text('situacao') }} as situacao,
        {{ clean_text('corretor') }} as corretor,
        {{ clean_text('imobiliaria') }} as imobiliaria,
        {{ clean_text('empreendimento') }} as empreendimento,
        {{ clean_text('etapa') }} as etapa,
        {{ clean_text('bloco') }} as bloco,
        {{ clean_text('unidade') }} as unidade,
        {{ clean_text('regiao') }} as regiao,
        {{ clean_text('cliente') }} as cliente,
        {{ clean_text('cep_cliente') }} as cep_cliente,
        {{ clean_text('nota_fiscal') }} as nota_fiscal,

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
