-- The newest position: the last file loaded with new bytes, its good lines.

with

conferidos as (

    select * from {{ ref('int_carteira__contratos_conferidos') }}

),

-- Of the files judged, not of those landed: one that lands while dbt is at
-- work would empty the position here. It waits for the next build.
newest as (

    select judged.arquivo_sha256
    from {{ ref('int_carteira__contratos_conferidos') }} as judged
    order by judged.carregado_em desc, judged.arquivo_sha256 desc
    limit 1

),

contratos as (

    select * from {{ ref('stg_carteira__contratos') }}
    where {{ of_files('arquivo_sha256', 'newest') }}

),

final as (

    select
        contratos.arquivo_sha256,
        contratos.num_contrato,
        contratos.cliente_id,
        contratos.agencia_id,
        contratos.arquivo,
        contratos.cliente_documento,
        contratos.cliente_nome,
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
        contratos.extras,
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
        contratos.cliente_nascimento,
        contratos.data_operacao,
        contratos.data_vencimento,
        contratos.carregado_em
    from contratos
    inner join conferidos
        on
            contratos.arquivo_sha256 = conferidos.arquivo_sha256
            and contratos.planilha is not distinct from conferidos.planilha
            and contratos.nr_linha = conferidos.nr_linha
            and conferidos.codigo is null

)

select * from final
