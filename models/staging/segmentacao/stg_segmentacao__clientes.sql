with

source as (

    select * from {{ source('segmentacao', 'cluster_run_clientes') }}

),

renamed as (

    select
        ---------- ids
        run_id,
        cliente_id,
        cluster,
        cluster_estavel,
        agencia_id,

        ---------- strings
        agencia_nome,
        carteira_nome,
        linha,

        ---------- numerics
        {%- for number in range(1, 6) %}
            {{ json_numeric('escores', 'fator_' ~ number) }}
                as nr_fator_{{ number }},
        {%- endfor %}
        cast(distancia as numeric) as nr_distancia,
        vl_saldo

    from source

)

select * from renamed
