{%- set typed = {
    'monto': br_numeric('monto', '_marca_decimal'),
} -%}
{%- set dates = ['fecha'] -%}

-- A file's lines are in raw once all of them are: no need to ask for its load.

with

source as (

    select
        *,
        {{ raw_line('linhas') }} as conteudo
    from {{ source('raw_banco', 'transacciones') }} as linhas

),

{{ sheet_positions(source('raw_banco', 'arquivos')) }},

numbered as (

    select
        source.*,
        planilhas.nr_planilha
    from source
    left join planilhas
        on
            source._arquivo_sha256 = planilhas.arquivo_sha256
            and source._planilha = planilhas.planilha

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ clean_text('transaccion_id') }} as transaccion_id,
        {{ clean_text('cliente_id') }} as cliente_id,

        ---------- strings
        _arquivo as arquivo,
        _planilha as planilha,
        {{ clean_text('tipo') }} as tipo,
        {{ clean_text('comercio') }} as comercio,
        {{ clean_text('categoria') }} as categoria,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics
        {{ line_number('_linha', 'nr_planilha') }} as nr_linha,
        _linha as linha_na_planilha,
        {{ typed['monto'] }} as vl_monto,

        ---------- dates
        {{ br_date('fecha') }} as dt_fecha,

        ---------- what did not become its type
        {{ filled_count(typed.keys() | list + dates) }} as qt_preenchida,
        {{ untyped_columns(typed, dates) }} as colunas_invalidas,
        case
            when {{ br_date('fecha') }} is null
                then {{ date_text(trimmed('fecha')) }} is not null
            else false
        end as fl_data_impossivel,

        ---------- timestamps
        _carregado_em as carregado_em

    from numbered

)

select * from renamed
