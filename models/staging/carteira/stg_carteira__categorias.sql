with

source as (

    select * from {{ source('raw_carteira', 'categorias') }}

),

arquivos as (

    select * from {{ ref('stg_carteira__arquivos') }}
    where entidade = 'categorias'

),

complete as (

    select
        source.*,
        arquivos.modo,
        {{ raw_line('source') }} as conteudo
    from source
    inner join arquivos
        on source._arquivo_sha256 = arquivos.arquivo_sha256

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ text_key('linha') }} as linha_chave,

        ---------- strings
        _arquivo as arquivo,
        _planilha as planilha,
        modo,
        {{ clean_text('linha') }} as linha,
        {{ clean_text('categoria') }} as categoria,
        conteudo,

        ---------- numerics
        _linha as nr_linha,

        ---------- timestamps
        _carregado_em as carregado_em

    from complete

)

select * from renamed
