with

{{ complete_files('raw_carteira', ['contratos', 'categorias']) }},

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,

        ---------- strings
        _arquivo as arquivo,
        entidade,
        modo,
        marca_decimal,

        ---------- numerics
        qt_linha,

        ---------- timestamps
        _carregado_em as carregado_em

    from completos

)

select * from renamed
