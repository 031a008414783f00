{%- set typed = {
    'atraso': br_integer('atraso', 'marca_decimal'),
    'renda_bruta': br_numeric('renda_bruta', 'marca_decimal'),
    'saldo_atual': br_numeric('saldo_atual', 'marca_decimal'),
    'saldo_provisao': br_numeric('saldo_provisao', 'marca_decimal'),
    'valor_garantia': br_numeric('valor_garantia', 'marca_decimal'),
    'cob_garantia': br_numeric('cob_garantia', 'marca_decimal'),
    'valor_contrato': br_numeric('valor_contrato', 'marca_decimal'),
    'taxa': br_numeric('taxa', 'marca_decimal', 10, 6),
    'e_cooperado': br_boolean('e_cooperado'),
} -%}
{%- set dates = ['cliente_nascimento', 'data_operacao', 'data_vencimento'] -%}

with

source as (

    select * from {{ source('raw_carteira', 'contratos') }}

),

arquivos as (

    select * from {{ ref('stg_carteira__arquivos') }}
    where entidade = 'contratos'

),

complete as (

    select
        source.*,
        arquivos.marca_decimal,
        {{ raw_line('source') }} as conteudo
    from source
    inner join arquivos
        on source._arquivo_sha256 = arquivos.arquivo_sha256

),

renamed as (

    select
        ---------- ids
        _arquivo_sha256 as arquivo_sha256,
        {{ clean_text('num_contrato') }} as num_contrato,
        {{ clean_text('cliente_id') }} as cliente_id,
        {{ clean_text('agencia_id') }} as agencia_id,

        ---------- strings
        _arquivo as arquivo,
        _planilha as planilha,
        {{ clean_text('cliente_documento') }} as cliente_documento,
        {{ clean_text('cliente_nome') }} as cliente_nome,
        {{ clean_text('cliente_estado_civil') }} as cliente_estado_civil,
        {{ clean_text('cliente_sexo') }} as cliente_sexo,
        {{ clean_text('cliente_relacionamento') }} as cliente_relacionamento,
        {{ clean_text('cliente_perfil') }} as cliente_perfil,
        {{ clean_text('agencia_nome') }} as agencia_nome,
        {{ clean_text('carteira_nome') }} as carteira_nome,
        {{ clean_text('profissao') }} as profissao,
        {{ clean_text('vinculo_empregaticio') }} as vinculo_empregaticio,
        {{ clean_text('atividade_economica') }} as atividade_economica,
        {{ clean_text('grupo_cnae') }} as grupo_cnae,
        {{ clean_text('cnae') }} as cnae,
        {{ clean_text('tipo_contrato') }} as tipo_contrato,
        {{ clean_text('mod_bacen') }} as mod_bacen,
        {{ clean_text('sub_mod_bacen') }} as sub_mod_bacen,
        {{ clean_text('linha') }} as linha,
        {{ clean_text('indexador') }} as indexador,
        upper({{ filled('risco_crl') }}) as risco_crl,
        upper({{ filled('risco_inicial') }}) as risco_inicial,
        upper({{ filled('risco_atual') }}) as risco_atual,
        cast(_extras as jsonb) as extras,
        conteudo,

        ---------- numerics and booleans
        _linha as nr_linha,
        {%- for column, expression in typed.items() %}
            {{ expression }} as {{ column }},
        {%- endfor %}

        ---------- dates
        {%- for column in dates %}
            {{ br_date(column) }} as {{ column }},
        {%- endfor %}

        ---------- what did not become its type
        {{ untyped_columns(typed, dates) }} as colunas_invalidas,
        {{ impossible_dates(dates) }} as datas_impossiveis,

        ---------- timestamps
        _carregado_em as carregado_em

    from complete

)

select * from renamed
