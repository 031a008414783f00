with

vendas as (

    {{ sales_of_the_year() }}

),

final as (

    select
        vendas.time_corretor as time,  -- noqa: RF04
        {{ sales_measures('vendas') }},
        cast(
            count(distinct case
                when vendas.corretor_id is not null
                    then cast(vendas.corretor_id as {{ dbt.type_string() }})
                else nullif(vendas.corretor, 'Sem Corretor')
            end) as integer
        ) as total_corretores
    from vendas
    group by 1

)

select * from final
