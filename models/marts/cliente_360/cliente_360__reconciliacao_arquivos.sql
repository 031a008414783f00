-- The last of the curated tables: it tells how far they got.

with

{{ reconciled_files(
    ref('int_banco__arquivos_completos'),
    curated=[ref('int_banco__clientes_curados'), ref('transacciones')],
    superseded=[
        ref('int_banco__clientes_substituidos'),
        ref('int_banco__transacciones_substituidas'),
    ],
    quarantine=ref('int_banco__linhas_quarentenadas'),
) }},

final as (

    select
        arquivo,
        arquivo_sha256,
        arquivo_id,
        entidade,
        mes_arquivo,
        carregado_em,
        qt_linha,
        qt_curada,
        qt_substituida,
        qt_duplicada,
        qt_quarentena,
        qt_saldo
    from reconciliados

)

select * from final
