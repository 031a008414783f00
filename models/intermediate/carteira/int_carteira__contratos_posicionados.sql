{{ config(materialized='view') }}

-- The good lines of every position, as history keeps them: it reads those that
-- followed a position that was taken back, and nobody reads all.

with

contratos as (

    select * from {{ ref('stg_carteira__contratos') }}

),

conferidos as (

    select * from {{ ref('int_carteira__contratos_conferidos') }}
    where codigo is null

),

final as (

    select
        contratos.arquivo_sha256,
        contratos.num_contrato,
        contratos.cliente_id,
        contratos.agencia_id,
        contratos.arquivo,
        contratos.cliente_estado_civil,
        contratos.cliente_sexo,
        contratos.cliente_relacionamento,
        contratos.cliente_perfil,
        contratos.agencia_nome,
        contratos.carteira_nome,
        contratos.profissao,
        contratos.vinculo_empregaticio,
        contratos.atividade_economica,
        contratos.grupo_cnae,
        contratos.cnae,
        contratos.tipo_contrato,
        contratos.mod_bacen,
        contratos.sub_mod_bacen,
        contratos.linha,
        contratos.indexador,
        contratos.risco_crl,
        contratos.risco_inicial,
        contratos.risco_atual,
        contratos.nr_linha,
        contratos.atraso,
        contratos.renda_bruta,
        contratos.saldo_atual,
        contratos.saldo_provisao,
        contratos.valor_garantia,
        contratos.cob_garantia,
        contratos.valor_contrato,
        contratos.taxa,
        contratos.e_cooperado,
        contratos.data_operacao,
        contratos.data_vencimento,
        contratos.carregado_em at time zone 'utc' as carregado_em
    from contratos
    inner join conferidos
        on
            contratos.arquivo_sha256 = conferidos.arquivo_sha256
            and contratos.planilha is not distinct from conferidos.planilha
            and contratos.nr_linha = conferidos.nr_linha

)

select * from final
