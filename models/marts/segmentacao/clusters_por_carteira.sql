with

{{ clusters_by(['carteira_nome']) }},

final as (

    select * from cruzados

)

select * from final
