with

versoes as (

    select * from {{ ref('historico__unidades') }}

),

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

ranked as (

    select
        versoes.*,
        {{ version_rank('versoes.unidade_id', 'base.conhecido_antes_de') }}
            as nr_versao
    from versoes
    cross join base

),

final as (

    select * from ranked
    where nr_versao = 1

)

select * from final
