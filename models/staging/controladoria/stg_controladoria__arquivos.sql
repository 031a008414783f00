with

{{ complete_files('raw_controladoria', ['bonus']) }},

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ file_id('_arquivo_sha256') }} as arquivo_id,

        ---------- strings
        _arquivo as arquivo,
        entidade,
        marca_decimal,

        ---------- numerics
        qt_linha,

        ---------- dates
        {{ file_month('_arquivo') }} as mes_arquivo,

        ---------- timestamps
        _carregado_em as carregado_em

    from completos

)

select * from renamed
