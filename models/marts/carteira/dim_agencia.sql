with

contratos as (

    select * from {{ ref('int_carteira__contratos_atuais') }}

),

nomes as (

    select
        agencia_id,
        agencia_nome,
        count(*) as qt_contrato
    from contratos
    where agencia_id is not null
    group by 1, 2

),

final as (

    select
        agencia_id,
        (array_agg(
            agencia_nome
            order by
                (agencia_nome is null) asc,
                qt_contrato desc,
                agencia_nome asc
        ))[1] as agencia_nome,
        cast(sum(qt_contrato) as integer) as qt_contrato
    from nomes
    group by 1

)

select * from final
