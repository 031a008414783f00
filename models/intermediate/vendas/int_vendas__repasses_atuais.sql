-- A sale may be on its second transfer: the newest one says where it is.

with

ranked as (

    select
        *,
        row_number() over (
            partition by reserva_id
            order by
                case when ativo = 'S' then 0 else 1 end,
                data_cadastro desc nulls last,
                repasse_id desc
        ) as nr_repasse
    from {{ ref('repasses') }}
    where reserva_id is not null

),

final as (

    select
        repasse_id,
        reserva_id,
        situacao,
        banco
    from ranked
    where nr_repasse = 1

)

select * from final
