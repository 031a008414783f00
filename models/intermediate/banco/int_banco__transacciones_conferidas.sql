{{ config(materialized='view') }}

-- What a line alone tells; whether its key comes again in the file, and what
-- else there is to say against it, in the models that read this one.

with

transacciones as (

    select * from {{ ref('int_banco__transacciones_tipadas') }}

),

final as (

    select
        *,
        case
            when
                fl_excedente
                or qt_preenchida
                > num_nonnulls(vl_monto, dt_fecha)
                + cast(fl_data_impossivel as integer)
                then 'TIPO_INVALIDO'
            when
                transaccion_id is null
                or cliente_id is null
                or tipo is null
                or vl_monto is null
                or (dt_fecha is null and not fl_data_impossivel)
                then 'OBRIGATORIO_AUSENTE'
            when fl_data_impossivel then 'DATA_IMPOSSIVEL'
        end as codigo
    from transacciones

)

select * from final
