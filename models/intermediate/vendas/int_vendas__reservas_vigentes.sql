with

versoes as (

    select * from {{ ref('historico__reservas') }}

),

base as (

    select * from {{ ref('int_vendas__datas_base') }}

),

ranked as (

    select
        versoes.*,
        base.dt_base,
        base.conhecido_antes_de,
        {{ version_rank('versoes.reserva_id', 'base.conhecido_antes_de') }}
            as nr_versao
    from versoes
    cross join base

),

-- One that was not known by then, and not made by then either, was not there.
final as (

    select * from ranked
    where
        nr_versao = 1
        and (
            dbt_valid_from < conhecido_antes_de
            or dt_cadastro is null
            or dt_cadastro <= dt_base
        )

)

select * from final
