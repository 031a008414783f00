-- The last of the curated tables: it tells how far they got.

with

{{ reconciled_files(
    ref('int_controladoria__arquivos_completos'),
    curated=[ref('controladoria')],
    superseded=[ref('int_controladoria__bonus_substituidos')],
    quarantine=ref('int_controladoria__linhas_quarentenadas'),
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
