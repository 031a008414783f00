with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'comissoes_pagamentos')) }}

),

renamed as (

    select
        ---------- ids
        idpagamento as pagamento_id,
        {{ cvdw_id('idcomissao') }} as comissao_id,

        ---------- strings
        {{ cvdw_text('situacao') }} as situacao,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('unidade') }} as unidade,

        ---------- numerics
        {{ cvdw_amount('valor') }} as vl_pagamento,

        ---------- dates
        {{ cvdw_date('vencimento') }} as dt_vencimento,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'vencimento': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
