{{ config(materialized='view') }}

-- What a line alone tells; whether its key comes again in the file, and what
-- else there is to say against it, in the models that read this one.

with

clientes as (

    select * from {{ ref('int_banco__clientes_tipados') }}

),

final as (

    select
        *,
        case
            when
                fl_excedente
                or qt_preenchida
                > num_nonnulls(edad, vl_ingresos_mensuales, dt_nacimiento)
                + cast(fl_data_impossivel as integer)
                then 'TIPO_INVALIDO'
            when
                cliente_id is null
                then 'OBRIGATORIO_AUSENTE'
            when fl_data_impossivel then 'DATA_IMPOSSIVEL'
        end as codigo
    from clientes

)

select * from final
