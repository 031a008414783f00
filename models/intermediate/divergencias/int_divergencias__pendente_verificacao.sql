-- The longer a line has waited by dt_base, the surer it is that nobody looked.

with

linhas as (

    select * from {{ ref('controladoria') }}

),

base as (

    select * from {{ ref('int_divergencias__datas_base') }}

),

-- Few texts stand in many lines, and taking accents off is dear.
grafias as (

    select distinct bonus_utilizado
    from linhas

),

pendentes as (

    select
        linhas.*,
        greatest(base.dt_base - linhas.dt_processamento, 0) as qt_dia
    from linhas
    inner join grafias
        on
            linhas.bonus_utilizado = grafias.bonus_utilizado
            and {{ text_key('grafias.bonus_utilizado') }}
            = 'PENDENTE VERIFICACAO'
    cross join base

),

final as (

    select
        {{ divergence(
            'PENDENTE_VERIFICACAO',
            'controladoria',
            chave='chave',
            campo="'bonus_utilizado'",
            competencia='competencia',
            valor_atual='bonus_utilizado',
            dt_processamento='dt_processamento',
            confianca_adicional='least(coalesce(qt_dia, 0) / 100.0, 1)',
        ) }}
    from pendentes

)

select * from final
