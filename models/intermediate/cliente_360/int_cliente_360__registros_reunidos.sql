-- What each source calls a client, with who it says that is.

with

carteira as (

    select
        'carteira' as fonte,
        cliente_id as registro,
        cliente_documento as documento,
        tipo_documento,
        documento_hash,
        cliente_nome as nome,
        cliente_nascimento as dt_nascimento
    from {{ ref('int_carteira__clientes_reunidos') }}

),

cartoes as (

    select
        'cartoes' as fonte,
        id_cliente as registro,
        cast(null as {{ dbt.type_string() }}) as documento,
        cast(null as {{ dbt.type_string() }}) as tipo_documento,
        cast(null as {{ dbt.type_string() }}) as documento_hash,
        cast(null as {{ dbt.type_string() }}) as nome,
        cast(null as date) as dt_nascimento
    from {{ ref('int_cartoes__clientes_iniciados') }}

),

vendas as (

    select
        'vendas' as fonte,
        comprador as registro,
        documento,
        tipo_documento,
        documento_hash,
        cliente as nome,
        cast(null as date) as dt_nascimento
    from {{ ref('int_vendas__compradores_reunidos') }}

),

banco as (

    select
        'banco' as fonte,
        clientes.cliente_id as registro,
        documentos.documento,
        documentos.tipo_documento,
        documentos.documento_hash,
        clientes.nombre as nome,
        clientes.dt_nacimiento as dt_nascimento
    from {{ ref('int_banco__clientes_curados') }} as clientes
    left join {{ ref('int_banco__documentos_conferidos') }} as documentos
        on clientes.documento_visto = documentos.documento_visto

),

final as (

    select * from carteira
    union all
    select * from cartoes
    union all
    select * from vendas
    union all
    select * from banco

)

select * from final
