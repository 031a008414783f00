with

vendas as (

    {{ sales_of_the_year() }}

),

-- A broker's name may be written in two ways; the newest sale's is shown.
named as (

    select
        *,
        first_value(corretor) over (
            partition by
                corretor_id,
                case when corretor_id is null then corretor end
            order by data_venda desc, reserva_id desc
        ) as nome
    from vendas

),

grouped as (

    select
        named.corretor_id,
        named.nome as corretor,
        {{ sales_measures('named') }}
    from named
    group by 1, 2

),

final as (

    select
        *,
        cast(
            dense_rank() over (
                order by
                    total_comissoes desc nulls last,
                    valor_total desc nulls last,
                    quantidade_vendas desc,
                    corretor asc
            ) as integer
        ) as ranking
    from grouped

)

select * from final
