{{ config(materialized='restricted') }}

with

clientes as (

    select * from {{ ref('int_banco__clientes_curados') }}

),

documentos as (

    select * from {{ ref('int_banco__documentos_conferidos') }}

),

base as (

    select * from {{ ref('int_banco__datas_base') }}

),

final as (

    select
        clientes.cliente_id,
        clientes.nombre,
        documentos.documento_hash,
        documentos.documento_mascarado,
        documentos.tipo_documento,
        coalesce(
            clientes.edad,
            case
                when clientes.dt_nacimiento <= base.dt_base
                    then
                        {{ whole_years(
                            'clientes.dt_nacimiento', 'base.dt_base'
                        ) }}
            end
        ) as edad,
        clientes.provincia,
        clientes.vl_ingresos_mensuales as ingresos_mensuales,
        clientes.arquivo_id,
        clientes.carregado_em
    from clientes
    cross join base
    left join documentos
        on clientes.documento_visto = documentos.documento_visto

)

select * from final
