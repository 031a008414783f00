{%- set book = adapter.get_relation(
    target.database, generate_schema_name('cartoes', none), 'book_fatura'
) if execute -%}
{%- set fechados = adapter.get_relation(
    target.database,
    generate_schema_name('intermediate', none),
    'int_cartoes__book_fechamentos'
) if execute -%}
{%- set since_ever = not book or not fechados or should_full_refresh() -%}
{%- set until = closed_until(since_ever) -%}
{%- set clientes_tocados = clients_to_close(since_ever) -%}

-- The dt_refs whose rows may differ from those that stand in the book. What is
-- asked of the book and its closings is how the last build left them: they are
-- built after this.

-- depends_on: {{ ref('int_cartoes__faturas_tipadas') }}
-- depends_on: {{ ref('int_cartoes__pagamentos_tipados') }}
-- depends_on: {{ ref('int_cartoes__clientes_iniciados') }}
-- depends_on: {{ ref('faturas') }}
-- depends_on: {{ ref('pagamentos') }}

with

meses as (

    select * from {{ ref('int_cartoes__meses_referidos') }}

),

{% if since_ever %}
    final as (

        select
            dt_ref,
            nr_ref
        from meses

    )
{% else %}
    faturas_novas as (

        select distinct id_fatura
        from {{ ref('int_cartoes__faturas_tipadas') }}
        where carregado_em > {{ until }}

    ),

    faturas_versoes as (

        select
            versoes.id_fatura,
            versoes.id_cliente,
            versoes.dt_emissao,
            versoes.carregado_em
        from {{ ref('int_cartoes__faturas_tipadas') }} as versoes
        inner join faturas_novas
            on versoes.id_fatura = faturas_novas.id_fatura

    ),

    -- Payments of an invoice count anew only if it is new or changed hands.
    faturas_trocadas as (

        select id_fatura
        from faturas_versoes
        group by 1
        having
            count(distinct id_cliente) > 1
            or min(carregado_em) > {{ until }}

    ),

    pagamentos_tocados as (

        select id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }}
        where carregado_em > {{ until }}

        union distinct

        select pagamentos.id_pagamento
        from {{ ref('int_cartoes__pagamentos_tipados') }} as pagamentos
        inner join faturas_trocadas
            on pagamentos.id_fatura = faturas_trocadas.id_fatura

    ),

    pagamentos_versoes as (

        select
            versoes.id_cliente,
            versoes.id_fatura,
            {{ month_number('versoes.dt_pagamento') }} as nr_mes
        from {{ ref('int_cartoes__pagamentos_tipados') }} as versoes
        inner join pagamentos_tocados
            on versoes.id_pagamento = pagamentos_tocados.id_pagamento
        where versoes.dt_pagamento is not null

    ),

    -- Windows of twelve months reach a month from the dt_refs that follow it.
    movimentos as (

        select distinct {{ month_number('dt_emissao') }} as nr_mes
        from faturas_versoes
        where dt_emissao is not null

        union distinct

        select distinct nr_mes from pagamentos_versoes

        union distinct

        -- Paid before it was issued, an invoice is reached from its own month.
        select distinct {{ month_number('faturas.dt_emissao') }} as nr_mes
        from pagamentos_versoes
        inner join {{ ref('faturas') }} as faturas
            on pagamentos_versoes.id_fatura = faturas.id_fatura
        where {{ month_number('faturas.dt_emissao') }}
            > pagamentos_versoes.nr_mes

    ),

    -- How long a client has been one is in every later row: known of the newest
    -- dt_ref, it is known of all.
    primeiras_no_book as (

        select
            book.id_cliente,
            {{ month_number('book.dt_ref') }} - book.qt_mes_relacionamento
                as nr_mes_primeira
        from {{ book }} as book
        where
            book.dt_ref = (select max(newest.dt_ref) from {{ book }} as newest)
            and {{ clientes_tocados }}

    ),

    primeiras_agora as (

        select
            id_cliente,
            nr_mes_primeira
        from {{ ref('int_cartoes__clientes_iniciados') }}
        where {{ clientes_tocados }}

    ),

    inicios as (

        select
            min(
                least(
                    primeiras_no_book.nr_mes_primeira,
                    primeiras_agora.nr_mes_primeira
                )
            ) as nr_mes
        from primeiras_no_book
        full outer join primeiras_agora
            on primeiras_no_book.id_cliente = primeiras_agora.id_cliente
        where
            primeiras_no_book.nr_mes_primeira
            is distinct from primeiras_agora.nr_mes_primeira

    ),

    -- The last payment may be older than any window.
    antigos as (

        select
            id_cliente,
            min(nr_mes) as nr_mes
        from pagamentos_versoes
        where nr_mes + 12 < (select max(meses.nr_ref) from meses)
        group by 1

    ),

    ultimos as (

        select distinct book.dt_ref
        from {{ book }} as book
        inner join antigos
            on
                book.id_cliente = antigos.id_cliente
                and {{ month_number('book.dt_ref') }} > antigos.nr_mes + 12
        left join
            lateral (
                select max(pagamentos.dt_pagamento) as dt_pagamento
                from {{ ref('pagamentos') }} as pagamentos
                where
                    pagamentos.id_cliente = book.id_cliente
                    and pagamentos.dt_pagamento < book.dt_ref
                    and pagamentos.vl_pagamento > 0
            ) as ultimo
            on true
        where
            book.nr_dias_desde_ultimo_pagamento
            is distinct from book.dt_ref - ultimo.dt_pagamento

    ),

    final as (

        select
            meses.dt_ref,
            meses.nr_ref
        from meses
        where
            not exists (
                select 1
                from {{ fechados }} as fechados
                where fechados.dt_ref = meses.dt_ref
            )
            or exists (
                select 1
                from movimentos
                where meses.nr_ref - movimentos.nr_mes between 1 and 12
            )
            or meses.nr_ref > (select inicios.nr_mes from inicios)
            or meses.dt_ref in (select ultimos.dt_ref from ultimos)

    )
{% endif %}
select * from final
