-- The newest rows of the book; of several numbers the one that was billed most.

with

vinculos as (

    select * from {{ ref('vinculos') }}
    where fonte = 'cartoes'

),

book as (

    select * from {{ ref('book_fatura') }}
    where
        dt_ref
        = (select max(newest.dt_ref) from {{ ref('book_fatura') }} as newest)

),

ranked as (

    select
        vinculos.cliente_360_id,
        book.*,
        row_number() over (
            partition by vinculos.cliente_360_id
            order by
                book.vl_fatura_total_u12m desc nulls last, book.id_cliente asc
        ) as nr_ordem
    from vinculos
    inner join book
        on vinculos.registro = book.id_cliente

),

final as (

    select
        cliente_360_id,
        dt_ref,
        qt_mes_relacionamento,
        qt_fatura_u12m,
        vl_fatura_total_u12m,
        vl_fatura_media_mes_u3m,
        vl_fatura_media_mes_u12m,
        rz_fatura_media_mes_u3m_u12m,
        pc_valor_pago_u12m,
        pc_fatura_paga_em_dia_u12m,
        pc_inadimplencia_u12m,
        nr_dias_atraso_maximo_u12m,
        vl_saldo_aberto_u12m,
        nr_dias_desde_ultimo_pagamento
    from ranked
    where nr_ordem = 1

)

select * from final
