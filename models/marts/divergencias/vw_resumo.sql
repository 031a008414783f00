{{ config(materialized='live_view') }}

-- Not of fct_divergencias, though it is a summary of it: a view goes with the
-- view that it reads when that gets other columns.

with

{{ live_divergences() }},

medidas as (

    select
        regra,
        severidade,
        estado,
        confianca,
        abs({{ amount_of('valor_sugerido') }} - {{ amount_of('valor_atual') }})
            as vl_diferenca
    from divergencias

),

final as (

    select
        regra,
        severidade,
        estado,
        cast(count(*) as bigint) as qt_divergencia,
        cast(count(vl_diferenca) as bigint) as qt_com_diferenca,
        cast(sum(vl_diferenca) as numeric(18, 2)) as vl_diferenca,
        cast(avg(confianca) as numeric(5, 4)) as confianca_media
    from medidas
    group by 1, 2, 3

)

select * from final
