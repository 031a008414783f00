with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

{{ checked_documents('contratos', 'cliente_documento') }},

final as (

    select * from conferidos

)

select * from final
