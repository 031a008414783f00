with

vendas as (

    {{ sales_of_the_year() }}

),

empreendimentos as (

    select * from {{ ref('int_vendas__empreendimentos_conhecidos') }}

),

final as (

    select
        vendas.empreendimento_id,
        coalesce(empreendimentos.empreendimento, vendas.empreendimento)
            as empreendimento,
        {{ sales_measures('vendas') }}
    from vendas
    left join empreendimentos
        on vendas.empreendimento_id = empreendimentos.empreendimento_id
    group by 1, 2

)

select * from final
