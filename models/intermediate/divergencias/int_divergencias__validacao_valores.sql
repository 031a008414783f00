-- Values that can't be, whatever stands beside them.

with

linhas as (

    select * from {{ ref('controladoria') }}

),

-- A scale that is too small, or of values that are all the same, tells nothing.
escalas as (

    select
        des_modelo,
        campo,
        vl_mediana,
        {{ var('divergencia_desvios') }} * 1.4826 * vl_mad as vl_distancia
    from {{ ref('int_divergencias__modelos_medidos') }}
    where
        qt_valor >= {{ var('divergencia_minimo_por_modelo') }}
        and vl_mad > 0

),

valores as (

    select
        linhas.*,
        campos.campo,
        campos.valor,
        campos.vl
    from linhas
    cross join
        lateral (
            values
            ('valor_bonus', linhas.valor_bonus, linhas.vl_bonus),
            ('trade', linhas.trade, linhas.vl_trade),
            ('bonus_dpto', linhas.bonus_dpto, linhas.vl_bonus_dpto),
            ('trade_mkt_dpto', linhas.trade_mkt_dpto, linhas.vl_trade_mkt_dpto)
        ) as campos (campo, valor, vl)
    where campos.valor is not null

),

final as (

    select
        {{ divergence(
            'VALIDACAO_VALORES',
            'controladoria',
            chave='valores.chave',
            campo='valores.campo',
            competencia='valores.competencia',
            valor_atual='valores.valor',
            dt_processamento='valores.dt_processamento',
        ) }}
    from valores
    left join escalas
        on
            valores.des_modelo = escalas.des_modelo
            and valores.campo = escalas.campo
    where
        valores.vl is null
        or valores.vl < 0
        or valores.vl > {{ var('divergencia_valor_maximo') }}
        or abs(valores.vl - escalas.vl_mediana) > escalas.vl_distancia

)

select * from final
