-- Built after the curated tables: the withdrawals that they know of.
-- One that is not here has them all built anew.

with

retiradas as (

    select * from {{ ref('stg_banco__retiradas') }}

),

reconciliados as (

    select * from {{ ref('cliente_360__reconciliacao_arquivos') }}

),

-- Built alone, without what stands before it, this table must not claim so.
final as (

    select
        retiradas.arquivo_sha256,
        retiradas.retirado_em
    from retiradas
    where
        not exists (
            select 1
            from reconciliados
            where
                reconciliados.arquivo_sha256 = retiradas.arquivo_sha256
                and reconciliados.carregado_em < retiradas.retirado_em
        )

)

select * from final
