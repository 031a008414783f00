with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'unidades_situacao')) }}

),

renamed as (

    select
        ---------- ids
        idunidade as unidade_id,

        ---------- strings
        {{ cvdw_text('de_situacao') }} as situacao_de,
        {{ cvdw_text('para_situacao') }} as situacao_para,

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
