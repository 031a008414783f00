with

contratos as (

    select
        'contratos' as entidade,
        conferidos.arquivo,
        conferidos.arquivo_sha256,
        conferidos.nr_linha,
        conferidos.codigo,
        conferidos.detalhe,
        conferidos.conteudo,
        conferidos.carregado_em
    from {{ ref('int_carteira__contratos_conferidos') }} as conferidos
    where conferidos.codigo is not null

),

categorias as (

    select
        'categorias' as entidade,
        conferidas.arquivo,
        conferidas.arquivo_sha256,
        conferidas.nr_linha,
        conferidas.codigo,
        conferidas.detalhe,
        conferidas.conteudo,
        conferidas.carregado_em
    from {{ ref('int_carteira__categorias_conferidas') }} as conferidas
    where conferidas.codigo is not null

),

final as (

    select
        arquivo,
        arquivo_sha256,
        nr_linha as linha,
        entidade,
        codigo,
        detalhe,
        conteudo,
        carregado_em
    from contratos

    union all

    select
        arquivo,
        arquivo_sha256,
        nr_linha as linha,
        entidade,
        codigo,
        detalhe,
        conteudo,
        carregado_em
    from categorias

)

select * from final
