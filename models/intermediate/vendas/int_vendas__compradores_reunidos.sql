with

vistos as (

    select * from {{ ref('int_vendas__compradores_vistos') }}

),

documentos as (

    select * from {{ ref('int_vendas__documentos_conferidos') }}

),

-- The newest reservation with a good document says whose it is.
ranked as (

    select
        vistos.comprador,
        vistos.cliente,
        documentos.documento,
        documentos.tipo_documento,
        documentos.documento_hash,
        documentos.documento_mascarado,
        row_number() over (
            partition by vistos.comprador
            order by
                case when documentos.documento_hash is null then 1 else 0 end,
                case when documentos.documento is null then 1 else 0 end,
                vistos.reserva_id desc
        ) as nr_ordem
    from vistos
    left join documentos
        on vistos.documento_visto = documentos.documento_visto

),

final as (

    select
        comprador,
        cliente,
        documento,
        tipo_documento,
        documento_hash,
        documento_mascarado
    from ranked
    where nr_ordem = 1

)

select * from final
