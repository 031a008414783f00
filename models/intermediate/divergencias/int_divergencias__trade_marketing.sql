-- What the department has against its reference, in lines that are marked to be
-- looked at. A text that is no number counts as no value here.

with

linhas as (

    select * from {{ ref('controladoria') }}
    where apontamento = 'Revisar Divergência!'

),

pares as (

    select
        linhas.*,
        campos.campo,
        campos.valor,
        campos.vl,
        campos.vl_referencia
    from linhas
    cross join
        lateral (
            values
            (
                'bonus_dpto',
                linhas.bonus_dpto,
                linhas.vl_bonus_dpto,
                linhas.vl_bonus
            ),
            (
                'trade_mkt_dpto',
                linhas.trade_mkt_dpto,
                linhas.vl_trade_mkt_dpto,
                linhas.vl_trade
            )
        ) as campos (campo, valor, vl, vl_referencia)

),

final as (

    select
        {{ divergence(
            'TRADE_MARKETING',
            'controladoria',
            chave='chave',
            campo='campo',
            competencia='competencia',
            valor_atual='valor',
            valor_sugerido='vl_referencia',
            dt_processamento='dt_processamento',
        ) }}
    from pares
    where
        abs(vl - vl_referencia) > {{ var('divergencia_tolerancia') }}
        or (vl is null) != (vl_referencia is null)

)

select * from final
