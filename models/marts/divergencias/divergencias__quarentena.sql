{{ config(materialized='restricted') }}

with

linhas as (

    select * from {{ ref('int_controladoria__linhas_quarentenadas') }}

),

final as (

    select
        arquivo,
        arquivo_sha256,
        linha,
        entidade,
        codigo,
        detalhe,
        conteudo,
        carregado_em
    from linhas

)

select * from final
