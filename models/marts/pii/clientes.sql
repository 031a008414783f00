with

registros as (

    select * from {{ ref('int_cliente_360__registros_reunidos') }}

),

final as (

    select
        fonte,
        registro as cliente_id,
        documento_hash,
        documento,
        tipo_documento,
        nome,
        dt_nascimento
    from registros

)

select * from final
