{{ config(materialized='restricted') }}

with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

documentos as (

    select * from {{ ref('int_carteira__documentos_conferidos') }}

),

profissoes as (

    select * from {{ ref('dim_profissao') }}

),

linhas as (

    select * from {{ ref('dim_linha') }}

),

final as (

    select
        contratos.cliente_id,
        documentos.documento as cliente_documento,
        contratos.cliente_nome,
        contratos.e_cooperado,
        contratos.cliente_estado_civil,
        contratos.cliente_sexo,
        contratos.cliente_nascimento,
        contratos.cliente_relacionamento,
        contratos.risco_crl,
        contratos.renda_bruta,
        contratos.agencia_id,
        contratos.agencia_nome,
        contratos.carteira_nome,
        contratos.cliente_perfil,
        contratos.profissao,
        contratos.vinculo_empregaticio,
        contratos.atividade_economica,
        contratos.grupo_cnae,
        contratos.cnae,
        contratos.num_contrato,
        contratos.tipo_contrato,
        contratos.mod_bacen,
        contratos.sub_mod_bacen,
        contratos.linha,
        contratos.atraso,
        contratos.risco_atual,
        contratos.saldo_atual,
        contratos.saldo_provisao,
        contratos.valor_garantia,
        contratos.cob_garantia,
        contratos.data_operacao,
        contratos.data_vencimento,
        contratos.taxa,
        contratos.indexador,
        contratos.valor_contrato,
        contratos.risco_inicial,
        contratos.extras,
        documentos.tipo_documento,
        documentos.documento_hash,
        coalesce(documentos.tipo_documento is null, true)
            as fl_documento_invalido,
        contratos.atraso is null as fl_atraso_ausente,
        profissoes.profissao_id,
        linhas.linha_id,
        contratos.arquivo,
        contratos.arquivo_sha256,
        contratos.nr_linha,
        contratos.carregado_em
    from contratos
    left join documentos
        on contratos.cliente_documento = documentos.documento_visto
    left join profissoes
        on {{ text_key('contratos.profissao') }} = profissoes.chave
    left join linhas
        on {{ text_key('contratos.linha') }} = linhas.chave

)

select * from final
