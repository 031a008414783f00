{%- set campos = {
    'valor_bonus': 'vl_bonus',
    'trade': 'vl_trade',
    'bonus_dpto': 'vl_bonus_dpto',
    'trade_mkt_dpto': 'vl_trade_mkt_dpto',
} -%}

-- The middle of each model's values, and how far from it half of them are
-- (MAD). Cents as floats, which they are exactly: they sort in a fraction of
-- the time that decimals take.

with

linhas as (

    select
        {%- for campo, coluna in campos.items() %}
            cast(100 * {{ coluna }} as double precision) as {{ campo }},
        {%- endfor %}
        des_modelo
    from {{ ref('controladoria') }}
    where des_modelo is not null

),

medianas as (

    select
        {%- for campo in campos %}
            count({{ campo }}) as qt_{{ campo }},
            {{ median(campo) }} as md_{{ campo }},
        {%- endfor %}
        des_modelo
    from linhas
    group by des_modelo

),

desvios as (

    select
        {%- for campo in campos %}
            {{ distance_median(campo) }} as mad_{{ campo }},
        {%- endfor %}
        linhas.des_modelo
    from linhas
    inner join medianas
        on linhas.des_modelo = medianas.des_modelo
    group by linhas.des_modelo

),

final as (

    select
        medianas.des_modelo,
        campos.campo,
        cast(campos.qt_valor as integer) as qt_valor,
        cast(campos.mediana / 100 as numeric(18, 4)) as vl_mediana,
        cast(campos.mad / 100 as numeric(18, 4)) as vl_mad
    from medianas
    inner join desvios
        on medianas.des_modelo = desvios.des_modelo
    cross join
        lateral (
            values
            {{ measured(campos) }}
        ) as campos (campo, qt_valor, mediana, mad)
    where campos.qt_valor > 0

)

select * from final
