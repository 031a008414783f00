with

condicoes as (

    select * from {{ ref('stg_cvcrm__reservas_condicoes') }}

),

classes as (

    select * from {{ ref('series_classe') }}

),

keyed as (

    select
        *,
        {{ text_key('serie') }} as serie_chave,
        vl_parcela * coalesce(qt_parcela, 1) as vl_total
    from condicoes

),

final as (

    select
        keyed.condicao_id,
        keyed.reserva_id,
        keyed.serie_id,
        keyed.ativo,
        keyed.serie,
        keyed.serie_chave,
        coalesce(classes.classe, 'SEM CLASSE') as classe,
        keyed.portador,
        keyed.indexador,
        keyed.qt_parcela,
        keyed.vl_parcela,
        keyed.vl_parcela_com_juros,
        -- A series of a billion instalments is a mistake, not an overflow.
        {{ cvdw_amount('keyed.vl_total') }} as vl_total,
        keyed.dt_vencimento
    from keyed
    left join classes
        on keyed.serie_chave = classes.serie

)

select * from final
