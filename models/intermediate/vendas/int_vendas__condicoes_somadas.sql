with

condicoes as (

    select * from {{ ref('int_vendas__condicoes_classificadas') }}
    where ativo = 'S'

),

final as (

    select
        reserva_id,
        sum(case when classe = 'ENTRADA' then vl_total end) as vl_entrada,
        sum(case when classe = 'FINANCIAMENTO' then vl_total end)
            as vl_financiamento,
        sum(case when classe = 'FGTS' then vl_total end) as vl_fgts,
        sum(case when classe = 'SUBSIDIO' then vl_total end) as vl_subsidio
    from condicoes
    where reserva_id is not null
    group by 1

)

select * from final
