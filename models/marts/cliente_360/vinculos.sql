with

registros as (

    select * from {{ ref('int_cliente_360__registros_reunidos') }}

),

-- Never by the name alone: a record without a document is a client of its own.
ligados as (

    select
        fonte,
        registro,
        coalesce(documento_hash, fonte || ':' || registro) as cliente_360_id,
        case
            when documento_hash is not null then 'DOCUMENTO'
            when documento is null then 'SEM_DOCUMENTO'
            when tipo_documento is null then 'DOCUMENTO_INVALIDO'
            else 'DOCUMENTO_AMBIGUO'
        end as evidencia,
        documento_hash,
        {{ masked_document('documento') }} as documento_mascarado,
        tipo_documento,
        {{ masked_name('nome') }} as nome_mascarado
    from registros

),

{% if var('cartoes_na_numeracao_da_carteira') %}
final as (

    select
        ligados.fonte,
        ligados.registro,
        coalesce(carteira.cliente_360_id, ligados.cliente_360_id)
            as cliente_360_id,
        case
            when carteira.registro is not null then 'NUMERO_DA_CARTEIRA'
            else ligados.evidencia
        end as evidencia,
        ligados.documento_hash,
        ligados.documento_mascarado,
        ligados.tipo_documento,
        ligados.nome_mascarado
    from ligados
    left join ligados as carteira
        on
            ligados.fonte = 'cartoes'
            and carteira.fonte = 'carteira'
            and ligados.registro = carteira.registro

)
{% else %}
    final as (

        select * from ligados

    )
{% endif %}

select * from final
