{%- set typed = {
    'valor_bonus': br_numeric('valor_bonus', '_marca_decimal'),
    'trade': br_numeric('trade', '_marca_decimal'),
    'bonus_dpto': br_numeric('bonus_dpto', '_marca_decimal'),
    'trade_mkt_dpto': br_numeric('trade_mkt_dpto', '_marca_decimal'),
} -%}
{%- set dates = ['dta_processamento'] -%}

-- A file's lines are in raw once all of them are: no need to ask for its load.

with

source as (

    select
        *,
        {{ raw_line('linhas') }} as conteudo
    from {{ source('raw_controladoria', 'bonus') }} as linhas

),

{{ sheet_positions(source('raw_controladoria', 'arquivos')) }},

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

-- Apart from the texts, which take the numbers: each is read once.
read_amounts as (

    select
        *,
        {{ typed['valor_bonus'] }} as vl_bonus,
        {{ typed['trade'] }} as vl_trade,
        {{ typed['bonus_dpto'] }} as vl_bonus_dpto,
        {{ typed['trade_mkt_dpto'] }} as vl_trade_mkt_dpto
    from numbered

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ clean_text('idnfsexterno') }} as idnfsexterno,

        ---------- strings
        _arquivo as arquivo,
        _planilha as planilha,
        {{ clean_text('des_modelo') }} as des_modelo,
        {{ competence_text('competencia') }} as competencia,
        -- What is no number is no error here: it stays visible, as a text.
        {{ amount_text('vl_bonus', 'valor_bonus') }} as valor_bonus,
        {{ amount_text('vl_trade', 'trade') }} as trade,
        {{ amount_text('vl_bonus_dpto', 'bonus_dpto') }} as bonus_dpto,
        {{ amount_text('vl_trade_mkt_dpto', 'trade_mkt_dpto') }}
            as trade_mkt_dpto,
        {{ clean_text('bonus_utilizado') }} as bonus_utilizado,
        {{ clean_text('apontamento') }} as apontamento,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics
        {{ line_number('_linha', 'nr_planilha') }} as nr_linha,
        _linha as linha_na_planilha,
        vl_bonus,
        vl_trade,
        vl_bonus_dpto,
        vl_trade_mkt_dpto,

        ---------- dates
        {{ br_date('dta_processamento') }} as dt_processamento,

        ---------- what did not become its type
        {{ untyped_columns({}, dates) }} as colunas_invalidas,
        case
            when {{ br_date('dta_processamento') }} is null
                then {{ date_text(trimmed('dta_processamento')) }} is not null
            else false
        end as fl_data_impossivel,

        ---------- timestamps
        _carregado_em as carregado_em

    from read_amounts

)

select * from renamed
