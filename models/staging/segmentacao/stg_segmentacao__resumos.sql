{%- set figures = [
    'nr_risco', 'cob_garantia', 'nr_atraso', 'vl_contrato', 'vl_saldo'
] -%}

with

source as (

    select * from {{ source('segmentacao', 'cluster_run_resumo') }}

),

renamed as (

    select
        ---------- ids
        run_id,
        cluster,
        cluster_estavel,
        cluster_relacionado,

        ---------- strings
        rotulo,
        mudanca,

        ---------- numerics
        qt_cliente,
        cast(pc_cliente as numeric(7, 4)) as pc_cliente,
        {%- for figure in figures %}
            cast({{ json_numeric('medias', figure) }} as numeric(17, 2))
                as {{ figure }}_media,
            cast({{ json_numeric('medianas', figure) }} as numeric(17, 2))
                as {{ figure }}_mediana,
        {%- endfor %}

        ---------- objects
        participacoes

    from source

)

select * from renamed
