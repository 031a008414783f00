with

condicoes as (

    select * from {{ ref('int_vendas__condicoes_classificadas') }}

),

final as (

    select
        condicao_id,
        reserva_id,
        ativo,
        serie_id,
        serie,
        classe,
        portador,
        indexador,
        cast(qt_parcela as integer) as parcela_quantidade,
        cast(vl_parcela as numeric(15, 2)) as valor,
        cast(vl_parcela_com_juros as numeric(15, 2)) as valor_com_juros,
        cast(vl_total as numeric(15, 2)) as valor_total,
        dt_vencimento as data_vencimento
    from condicoes

)

select * from final
