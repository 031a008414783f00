with

clientes as (

    select * from {{ ref('int_banco__clientes_curados') }}

),

{{ checked_documents('clientes', 'documento_visto') }},

final as (

    select * from conferidos

)

select * from final
