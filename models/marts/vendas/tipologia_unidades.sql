with

unidades as (

    select * from {{ ref('unidades') }}

),

empreendimentos as (

    select * from {{ ref('int_vendas__empreendimentos_conhecidos') }}

),

final as (

    select
        unidades.empreendimento_id,
        coalesce(empreendimentos.empreendimento, 'Sem Empreendimento')
            as empreendimento,
        unidades.tipologia,
        {{ availability_counts('unidades') }},
        cast(avg(unidades.area_privativa) as numeric(15, 2))
            as area_privativa_media,
        cast(avg(unidades.valor) as numeric(15, 2)) as valor_medio
    from unidades
    left join empreendimentos
        on unidades.empreendimento_id = empreendimentos.empreendimento_id
    group by 1, 2, 3

)

select * from final
