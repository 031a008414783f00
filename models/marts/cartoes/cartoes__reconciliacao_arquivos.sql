-- The last of the curated tables: it tells how far they got.

with

{{ reconciled_files(
    ref('int_cartoes__arquivos_completos'),
    curated=[ref('faturas'), ref('pagamentos')],
    superseded=[
        ref('int_cartoes__faturas_substituidas'),
        ref('int_cartoes__pagamentos_substituidos'),
    ],
    quarantine=ref('int_cartoes__linhas_quarentenadas'),
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
