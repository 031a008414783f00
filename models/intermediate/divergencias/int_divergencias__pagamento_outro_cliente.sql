-- Payments whose client is not the invoice's, which wait outside the curated
-- ones. Of a payment's versions the newest tells: a corrected one ends it.

with

pendentes as (

    select * from {{ ref('int_cartoes__pagamentos_pendentes') }}

),

versoes as (

    select
        validos.id_pagamento,
        validos.id_fatura,
        validos.id_cliente,
        validos.carregado_em,
        pendentes.codigo,
        row_number() over (
            partition by validos.id_pagamento
            order by
                validos.mes_arquivo desc nulls last,
                validos.carregado_em desc
        ) as nr_da_mais_nova
    from {{ ref('int_cartoes__pagamentos_validos') }} as validos
    left join pendentes
        on
            validos.arquivo_id = pendentes.arquivo_id
            and validos.nr_linha = pendentes.nr_linha
    where
        validos.id_pagamento in (
            select divergentes.id_pagamento
            from {{ ref('int_cartoes__pagamentos_pendentes') }} as divergentes
            where divergentes.codigo = 'CLIENTE_DIVERGENTE'
        )

),

final as (

    select
        {{ divergence(
            'PAGAMENTO_OUTRO_CLIENTE',
            'cartoes',
            chave='id_pagamento',
            campo="'id_fatura'",
            cliente_id='id_cliente',
            valor_atual='id_fatura',
            dt_processamento=local_date('carregado_em'),
        ) }}
    from versoes
    where
        nr_da_mais_nova = 1
        and codigo = 'CLIENTE_DIVERGENTE'

)

select * from final
