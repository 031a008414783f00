-- The API lists active projects only; others are known from what names them.
with

cadastro as (

    select * from {{ ref('stg_cvcrm__empreendimentos') }}

),

unidades as (

    select * from {{ ref('stg_cvcrm__unidades') }}

),

vendas as (

    select * from {{ ref('int_vendas__vendas_reunidas') }}

),

named as (

    select
        empreendimento_id,
        nome as empreendimento,
        1 as nr_fonte
    from cadastro
    union all
    select
        empreendimento_id,
        empreendimento,
        2 as nr_fonte
    from unidades
    union all
    select
        empreendimento_id,
        empreendimento,
        3 as nr_fonte
    from vendas

),

ranked as (

    select
        empreendimento_id,
        empreendimento,
        min(nr_fonte) as nr_fonte,
        row_number() over (
            partition by empreendimento_id
            order by
                case when empreendimento is null then 1 else 0 end,
                min(nr_fonte),
                count(*) desc,
                empreendimento
        ) as nr_nome
    from named
    where empreendimento_id is not null
    group by 1, 2

),

final as (

    select
        ranked.empreendimento_id,
        coalesce(
            ranked.empreendimento,
            'Empreendimento '
            || cast(ranked.empreendimento_id as {{ dbt.type_string() }})
        ) as empreendimento,
        cadastro.empreendimento_id is not null as fl_cadastro
    from ranked
    left join cadastro
        on ranked.empreendimento_id = cadastro.empreendimento_id
    where ranked.nr_nome = 1

)

select * from final
