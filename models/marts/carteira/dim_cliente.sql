with

clientes as (

    select * from {{ ref('int_carteira__clientes_reunidos') }}

),

final as (

    select
        cliente_id,
        documento_hash,
        {{ masked_document('cliente_documento') }} as documento_mascarado,
        tipo_documento,
        fl_documento_invalido,
        {{ masked_name('cliente_nome') }} as cliente_nome_mascarado,
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
        qt_contrato,
        vl_saldo
    from clientes

)

select * from final
