-- What no session has recorded yet waits too; what was decided waits no more.

with

divergencias as (

    select * from {{ ref('fct_divergencias') }}
    where
        estado is null
        or estado in ('detectada', 'aprovada', 'falha')

),

final as (

    select
        vinculos.cliente_360_id,
        cast(count(*) as integer) as qt_divergencia_aberta,
        max(divergencias.dt_processamento) as dt_ultima_divergencia
    from divergencias
    inner join {{ ref('vinculos') }} as vinculos
        on
            divergencias.fonte = vinculos.fonte
            and divergencias.cliente_id = vinculos.registro
    group by 1

)

select * from final
