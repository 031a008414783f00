{{ config(materialized='view') }}

-- History keeps no personal data: who a client is stands in the position.

with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

final as (

    select
        arquivo_sha256,
        num_contrato,
        cliente_id,
        agencia_id,
        arquivo,
        cliente_estado_civil,
        cliente_sexo,
        cliente_relacionamento,
        cliente_perfil,
        agencia_nome,
        carteira_nome,
        profissao,
        vinculo_empregaticio,
        atividade_economica,
        grupo_cnae,
        cnae,
        tipo_contrato,
        mod_bacen,
        sub_mod_bacen,
        linha,
        indexador,
        risco_crl,
        risco_inicial,
        risco_atual,
        nr_linha,
        atraso,
        renda_bruta,
        saldo_atual,
        saldo_provisao,
        valor_garantia,
        cob_garantia,
        valor_contrato,
        taxa,
        e_cooperado,
        data_operacao,
        data_vencimento,
        carregado_em at time zone 'utc' as carregado_em
    from contratos

)

select * from final
