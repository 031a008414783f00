{#- What the files since the book was last complete reach. The table of closings is the
    last of the book's: a build that was cut off is done again. Versions of lines stay for
    ever, so what a correction left behind is reached too. #}


{% macro closed_until(since_ever=none) -%}
    {{ processed_until('intermediate', 'int_cartoes__book_fechamentos', since_ever) }}
{%- endmacro %}


{#- Those of new lines, and those that any version of a payment in question names: it may
    have moved from one to the other. #}
{% macro invoices_to_close() -%}
    id_fatura in (
        select novas.id_fatura
        from {{ ref('int_cartoes__faturas_tipadas') }} as novas
        where novas.carregado_em > {{ closed_until() }}

        union all

        select versoes.id_fatura
        from {{ ref('int_cartoes__pagamentos_tipados') }} as versoes
        where versoes.{{ payments_to_close() }}
    )
{%- endmacro %}


{#- Those that any version of an invoice with new lines names. #}
{% macro clients_to_close(since_ever=none) -%}
    id_cliente in (
        select versoes.id_cliente
        from {{ ref('int_cartoes__faturas_tipadas') }} as versoes
        inner join {{ ref('int_cartoes__faturas_tipadas') }} as novas
            on versoes.id_fatura = novas.id_fatura
        where novas.carregado_em > {{ closed_until(since_ever) }}
    )
{%- endmacro %}


{#- Those of new lines, and those of invoices with new lines. #}
{% macro payments_to_close() -%}
    id_pagamento in (
        select novos.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as novos
        where novos.carregado_em > {{ closed_until() }}

        union all

        select da_fatura.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as da_fatura
        inner join {{ ref('int_cartoes__faturas_tipadas') }} as novas
            on da_fatura.id_fatura = novas.id_fatura
        where novas.carregado_em > {{ closed_until() }}
    )
{%- endmacro %}


{#- The months of any version of those payments, each client's. #}
{% macro payment_months_to_close() -%}
    select distinct
        versoes.id_cliente,
        {{ month_number('versoes.dt_pagamento') }} as nr_mes
    from {{ ref('int_cartoes__pagamentos_tipados') }} as versoes
    where
        versoes.dt_pagamento is not null
        and versoes.{{ payments_to_close() }}
{%- endmacro %}
