with

compradores as (

    select * from {{ ref('int_vendas__compradores_vistos') }}

),

{{ checked_documents('compradores', 'documento_visto') }},

final as (

    select * from conferidos

)

select * from final
