with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

-- A client's lines repeat the client; where they disagree, the newest contract
-- is right.
ranked as (

    select
        *,
        row_number() over (
            partition by cliente_id
            order by data_operacao desc nulls last, num_contrato desc
        ) as nr_ordem,
        count(*) over (partition by cliente_id) as qt_contrato,
        sum(saldo_atual) over (partition by cliente_id) as vl_saldo
    from contratos

),

final as (

    select
        cliente_id,
        cliente_documento,
        documento_hash,
        tipo_documento,
        fl_documento_invalido,
        cliente_nome,
        cliente_nascimento,
        e_cooperado,
        cliente_estado_civil,
        cliente_sexo,
        cliente_relacionamento,
        cliente_perfil,
        profissao_id,
        vinculo_empregaticio,
        risco_crl,
        renda_bruta,
        agencia_id,
        cast(qt_contrato as integer) as qt_contrato,
        cast(vl_saldo as numeric(15, 2)) as vl_saldo
    from ranked
    where nr_ordem = 1

)

select * from final
