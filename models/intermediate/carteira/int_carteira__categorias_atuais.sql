-- Files add to each other, the newest wins; one loaded with --truncate makes
-- the earlier ones count no more.

with

judged as (

    select * from {{ ref('int_carteira__categorias_conferidas') }}

),

conferidas as (

    select * from judged
    where codigo is null

),

last_replacement as (

    select max(carregado_em) as carregado_em
    from judged
    where modo = 'substitui'

),

ranked as (

    select
        conferidas.*,
        row_number() over (
            partition by conferidas.linha_chave
            order by
                conferidas.carregado_em desc,
                conferidas.arquivo_sha256 desc
        ) as nr_da_mais_nova
    from conferidas
    cross join last_replacement
    where
        last_replacement.carregado_em is null
        or conferidas.carregado_em >= last_replacement.carregado_em

),

final as (

    select
        linha_chave,
        linha,
        categoria,
        arquivo,
        arquivo_sha256,
        nr_linha,
        carregado_em
    from ranked
    where nr_da_mais_nova = 1

)

select * from final
