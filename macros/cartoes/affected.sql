{#- What the files since the last complete build of the curated tables touch. The table
    of reconciliation is the last of them, so it tells how far they got: a build that was
    cut off is done again. #}


{% macro curated_until(since_ever=none) -%}
    {{ processed_until('cartoes', 'reconciliacao_arquivos', since_ever) }}
{%- endmacro %}


{% macro affected_invoices() -%}
    id_fatura in (
        select novas.id_fatura
        from {{ ref('int_cartoes__faturas_tipadas') }} as novas
        where novas.carregado_em > {{ curated_until() }}
    )
{%- endmacro %}


{% macro affected_payments() -%}
    id_pagamento in (
        select novos.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as novos
        where novos.carregado_em > {{ curated_until() }}

        union all

        select da_fatura.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as da_fatura
        inner join {{ ref('faturas') }} as mudadas
            on da_fatura.id_fatura = mudadas.id_fatura
        where mudadas.carregado_em > {{ curated_until() }}
    )
{%- endmacro %}
