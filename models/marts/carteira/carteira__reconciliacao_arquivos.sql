-- Counted where the lines ended, not derived from one another: the balance is
-- the proof.

with

-- A file that landed while dbt was at work is reconciled by the next build.
judged as (

    select arquivo_sha256 from {{ ref('int_carteira__contratos_conferidos') }}
    union distinct
    select arquivo_sha256 from {{ ref('int_carteira__categorias_conferidas') }}

),

arquivos as (

    select landed.*
    from {{ ref('stg_carteira__arquivos') }} as landed
    inner join judged
        on landed.arquivo_sha256 = judged.arquivo_sha256

),

quarentena as (

    select
        arquivo_sha256,
        count(*) filter (where codigo = 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_duplicada,
        count(*) filter (where codigo != 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_quarentena
    from {{ ref('carteira__quarentena') }}
    group by 1

),

curated as (

    select arquivo_sha256 from {{ ref('clientes_carteira') }}
    union all
    select arquivo_sha256 from {{ ref('int_carteira__categorias_atuais') }}

),

qt_curated as (

    select
        arquivo_sha256,
        count(*) as qt_curada
    from curated
    group by 1

),

good as (

    select arquivo_sha256 from {{ ref('int_carteira__contratos_conferidos') }}
    where codigo is null
    union all
    select arquivo_sha256 from {{ ref('int_carteira__categorias_conferidas') }}
    where codigo is null

),

qt_good as (

    select
        arquivo_sha256,
        count(*) as qt_boa
    from good
    group by 1

),

newest as (

    select
        arquivo_sha256,
        entidade = 'contratos'
        and carregado_em
        = max(carregado_em) over (partition by entidade) as fl_posicao_atual
    from arquivos

),

counted as (

    select
        arquivos.entidade,
        arquivos.arquivo,
        arquivos.arquivo_sha256,
        arquivos.carregado_em,
        arquivos.qt_linha,
        coalesce(qt_curated.qt_curada, 0) as qt_curada,
        -- Good lines of the newest position are curated or lost.
        case
            when newest.fl_posicao_atual then 0
            else
                coalesce(qt_good.qt_boa, 0) - coalesce(qt_curated.qt_curada, 0)
        end as qt_substituida,
        coalesce(quarentena.qt_duplicada, 0) as qt_duplicada,
        coalesce(quarentena.qt_quarentena, 0) as qt_quarentena
    from arquivos
    inner join newest
        on arquivos.arquivo_sha256 = newest.arquivo_sha256
    left join quarentena
        on arquivos.arquivo_sha256 = quarentena.arquivo_sha256
    left join qt_curated
        on arquivos.arquivo_sha256 = qt_curated.arquivo_sha256
    left join qt_good
        on arquivos.arquivo_sha256 = qt_good.arquivo_sha256

),

final as (

    select
        arquivo,
        arquivo_sha256,
        entidade,
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
