{%- set typed = {
    'edad': br_integer('edad', '_marca_decimal'),
    'ingresos_mensuales': br_numeric('ingresos_mensuales', '_marca_decimal'),
} -%}
{%- set dates = ['nacimiento'] -%}

-- A file's lines are in raw once all of them are: no need to ask for its load.

with

source as (

    select
        *,
        {{ raw_line('linhas') }} as conteudo
    from {{ source('raw_banco', 'clientes') }} as linhas

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
        {{ clean_text('cliente_id') }} as cliente_id,

        ---------- strings
        _arquivo as arquivo,
        _planilha as planilha,
        {{ clean_text('nombre') }} as nombre,
        {{ clean_text('provincia') }} as provincia,
        {{ clean_text('documento') }} as documento_visto,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics
        {{ line_number('_linha', 'nr_planilha') }} as nr_linha,
        _linha as linha_na_planilha,
        {{ typed['edad'] }} as edad,
        {{ typed['ingresos_mensuales'] }} as vl_ingresos_mensuales,

        ---------- dates
        {{ br_date('nacimiento') }} as dt_nacimiento,

        ---------- what did not become its type
        {{ filled_count(typed.keys() | list + dates) }} as qt_preenchida,
        {{ untyped_columns(typed, dates) }} as colunas_invalidas,
        case
            when {{ br_date('nacimiento') }} is null
                then {{ date_text(trimmed('nacimiento')) }} is not null
            else false
        end as fl_data_impossivel,

        ---------- timestamps
        _carregado_em as carregado_em

    from numbered

)

select * from renamed
