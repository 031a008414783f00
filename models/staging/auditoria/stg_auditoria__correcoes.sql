{{ config(materialized='live_view') }}

with

source as (

    {{ audit_relation('vw_correcoes_vigentes', {
        'fonte': 'text',
        'chave': 'text',
        'campo': 'text',
        'competencia': 'text',
        'valor_anterior': 'text',
        'valor_novo': 'text',
        'caso': 'text',
        'regra': 'text',
        'motivo': 'text',
        'corrigido_por': 'text',
        'corrigido_em': 'timestamptz',
        'correcao_id': 'bigint',
    }) }}

),

renamed as (

    select
        ---------- ids
        correcao_id,
        fonte,
        chave,
        campo,
        -- A case without one may have it as an empty text.
        coalesce(competencia, '') as competencia,
        caso,

        ---------- strings
        regra,
        valor_anterior,
        valor_novo,
        motivo,
        corrigido_por,

        ---------- timestamps
        corrigido_em

    from source

)

select * from renamed
