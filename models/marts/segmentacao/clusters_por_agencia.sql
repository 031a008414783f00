with

{{ clusters_by(['agencia_id', 'agencia_nome']) }},

final as (

    select * from cruzados

)

select * from final
