with

comissoes as (

    select * from {{ ref('stg_cvcrm__comissoes') }}

),

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

final as (

    select
        comissoes.reserva_id,
        cast(count(*) as integer) as qt_comissao,
        sum(comissoes.vl_comissao) as vl_comissao,
        sum(comissoes.vl_pagamento) as vl_comissao_paga
    from comissoes
    cross join base
    where
        comissoes.ativo = 'S'
        and comissoes.reserva_id is not null
        and (
            comissoes.dt_cadastro is null
            or comissoes.dt_cadastro <= base.dt_base
        )
    group by 1

)

select * from final
