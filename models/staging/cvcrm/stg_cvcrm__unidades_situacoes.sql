with

source as (

    {{ html_decoded(source('raw_cvcrm', 'unidades_situacao')) }}

),

renamed as (

    select
        ---------- ids
        idunidade as unidade_id,

        ---------- strings
        {{ clean_text('de_situacao') }} as situacao_de,
        {{ clean_text('para_situacao') }} as situacao_para,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'modificou': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('modificou') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
