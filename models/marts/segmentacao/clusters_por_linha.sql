with

{{ clusters_by(['linha']) }},

final as (

    select * from cruzados

)

select * from final
