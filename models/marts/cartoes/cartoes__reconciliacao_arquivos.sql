-- Counted where the lines ended, not derived from one another: the balance is
-- the proof. The last of the curated tables: it tells how far they got.

with

arquivos as (

    select * from {{ ref('int_cartoes__arquivos_completos') }}

),

curadas as (

    select
        arquivo_id,
        count(*) as qt_curada
    from {{ ref('faturas') }}
    group by 1

    union all

    select
        arquivo_id,
        count(*) as qt_curada
    from {{ ref('pagamentos') }}
    group by 1

),

substituidas as (

    select
        arquivo_id,
        count(*) as qt_substituida
    from {{ ref('int_cartoes__faturas_substituidas') }}
    group by 1

    union all

    select
        arquivo_id,
        count(*) as qt_substituida
    from {{ ref('int_cartoes__pagamentos_substituidos') }}
    group by 1

),

fora as (

    select
        arquivo_sha256,
        count(*) filter (where codigo = 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_duplicada,
        count(*) filter (where codigo != 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_quarentena
    from {{ ref('cartoes__quarentena') }}
    group by 1

),

counted as (

    select
        arquivos.entidade,
        arquivos.arquivo,
        arquivos.arquivo_sha256,
        arquivos.arquivo_id,
        arquivos.mes_arquivo,
        arquivos.carregado_em,
        arquivos.qt_linha,
        coalesce(curadas.qt_curada, 0) as qt_curada,
        coalesce(substituidas.qt_substituida, 0) as qt_substituida,
        coalesce(fora.qt_duplicada, 0) as qt_duplicada,
        coalesce(fora.qt_quarentena, 0) as qt_quarentena
    from arquivos
    left join curadas
        on arquivos.arquivo_id = curadas.arquivo_id
    left join substituidas
        on arquivos.arquivo_id = substituidas.arquivo_id
    left join fora
        on arquivos.arquivo_sha256 = fora.arquivo_sha256

),

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
        qt_linha - qt_curada - qt_substituida - qt_duplicada - qt_quarentena
            as qt_saldo
    from counted

)

select * from final
