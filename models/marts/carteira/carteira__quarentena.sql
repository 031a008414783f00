{{ config(materialized='restricted') }}

with

contratos as (

    select
        conferidos.arquivo,
        conferidos.arquivo_sha256,
        conferidos.nr_linha as linha,
        'contratos' as entidade,
        conferidos.codigo,
        conferidos.detalhe,
        conferidos.conteudo,
        conferidos.carregado_em
    from {{ ref('int_carteira__contratos_conferidos') }} as conferidos
    where conferidos.codigo is not null

),

categorias as (

    select
        conferidas.arquivo,
        conferidas.arquivo_sha256,
        conferidas.nr_linha as linha,
        'categorias' as entidade,
        conferidas.codigo,
        conferidas.detalhe,
        conferidas.conteudo,
        conferidas.carregado_em
    from {{ ref('int_carteira__categorias_conferidas') }} as conferidas
    where conferidas.codigo is not null

),

final as (

    select * from contratos
    union all
    select * from categorias

)

select * from final
