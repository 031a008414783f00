-- A broker may change teams: the sale counts for the one that the first version
-- of the reservation with this date of sale names.
with

versoes as (

    select * from {{ ref('historico__reservas') }}
    where dt_venda is not null

),

ranked as (

    select
        reserva_id,
        dt_venda,
        time_id,
        time_corretor,
        row_number() over (
            partition by reserva_id, dt_venda
            order by dbt_valid_from
        ) as nr_versao
    from versoes

),

final as (

    select
        reserva_id,
        dt_venda,
        time_id,
        time_corretor
    from ranked
    where nr_versao = 1

)

select * from final
