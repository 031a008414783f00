with

identidades as (

    select * from {{ ref('int_cliente_360__identidades_escolhidas') }}

),

bancos as (

    select * from {{ ref('int_cliente_360__bancos_escolhidos') }}

),

carteiras as (

    select * from {{ ref('int_cliente_360__carteiras_somadas') }}

),

books as (

    select * from {{ ref('int_cliente_360__books_recentes') }}

),

compras as (

    select * from {{ ref('int_cliente_360__compras_somadas') }}

),

divergencias as (

    select * from {{ ref('int_cliente_360__divergencias_somadas') }}

),

final as (

    select
        ---------- identity
        identidades.cliente_360_id,
        identidades.documento_hash,
        identidades.documento_mascarado,
        identidades.tipo_documento,
        identidades.nome_mascarado,
        identidades.evidencia,
        identidades.qt_registro,
        identidades.fl_carteira,
        identidades.fl_cartoes,
        identidades.fl_vendas,
        identidades.fl_banco,

        ---------- bank
        bancos.edad,
        bancos.provincia,
        bancos.ingresos_mensuales,
        bancos.ingresos_estimados,
        bancos.gasto_mensual_promedio,
        bancos.score_endeudamiento,
        bancos.qt_mes,
        bancos.fl_sem_renda,
        bancos.fl_sem_transacao,

        ---------- portfolio
        carteiras.qt_contrato,
        carteiras.vl_saldo,
        carteiras.risco_pior,
        carteiras.nr_atraso_maximo,
        carteiras.perfil,
        carteiras.cluster_estavel,
        carteiras.cluster_rotulo,

        ---------- cards
        books.dt_ref,
        books.qt_mes_relacionamento,
        books.qt_fatura_u12m,
        books.vl_fatura_total_u12m,
        books.vl_fatura_media_mes_u3m,
        books.vl_fatura_media_mes_u12m,
        books.rz_fatura_media_mes_u3m_u12m,
        books.pc_valor_pago_u12m,
        books.pc_fatura_paga_em_dia_u12m,
        books.pc_inadimplencia_u12m,
        books.nr_dias_atraso_maximo_u12m,
        books.vl_saldo_aberto_u12m,
        books.nr_dias_desde_ultimo_pagamento,

        ---------- purchases
        compras.qt_venda,
        compras.vl_venda,
        compras.dt_ultima_venda,
        compras.repasse_situacao,

        ---------- open divergences
        coalesce(divergencias.qt_divergencia_aberta, 0)
            as qt_divergencia_aberta,
        divergencias.dt_ultima_divergencia
    from identidades
    left join bancos
        on identidades.cliente_360_id = bancos.cliente_360_id
    left join carteiras
        on identidades.cliente_360_id = carteiras.cliente_360_id
    left join books
        on identidades.cliente_360_id = books.cliente_360_id
    left join compras
        on identidades.cliente_360_id = compras.cliente_360_id
    left join divergencias
        on identidades.cliente_360_id = divergencias.cliente_360_id

)

select * from final
