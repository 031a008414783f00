-- Categories files hold some dozens of lines: all are judged at every build.

with

categorias as (

    select * from {{ ref('stg_carteira__categorias') }}

),

judged as (

    select
        *,
        case
            when linha is null or categoria is null
                then 'OBRIGATORIO_AUSENTE'
        end as codigo,
        case when linha is null then 'linha' end as sem_linha,
        case when categoria is null then 'categoria' end as sem_categoria
    from categorias

),

ranked as (

    select
        *,
        row_number() over (
            partition by arquivo_sha256, linha_chave, codigo
            order by planilha desc, nr_linha desc
        ) as nr_da_ultima
    from judged

),

final as (

    select
        arquivo,
        arquivo_sha256,
        planilha,
        nr_linha,
        carregado_em,
        modo,
        linha_chave,
        linha,
        categoria,
        conteudo,
        case
            when codigo is null and nr_da_ultima > 1
                then 'CHAVE_DUPLICADA_NO_ARQUIVO'
            else codigo
        end as codigo,
        case
            when codigo is not null
                then concat_ws(', ', sem_linha, sem_categoria)
            when nr_da_ultima > 1 then 'linha'
        end as detalhe
    from ranked

)

select * from final
