{#- What the files since the last complete build of the curated tables touch. #}


{% macro affected_invoices() -%}
    id_fatura in (
        select novas.id_fatura
        from {{ ref('int_cartoes__faturas_tipadas') }} as novas
        where novas.carregado_em > {{ curated_until('cartoes') }}
    )
{%- endmacro %}


{% macro affected_payments() -%}
    id_pagamento in (
        select novos.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as novos
        where novos.carregado_em > {{ curated_until('cartoes') }}

        union all

        select da_fatura.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as da_fatura
        inner join {{ ref('faturas') }} as mudadas
            on da_fatura.id_fatura = mudadas.id_fatura
        where mudadas.carregado_em > {{ curated_until('cartoes') }}
    )
{%- endmacro %}
