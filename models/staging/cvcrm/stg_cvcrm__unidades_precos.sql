with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'unidades_precos')) }}

),

renamed as (

    select
        ---------- ids
        idunidade as unidade_id,
        idtabela as tabela_id,
        {{ cvdw_id('idempreendimento') }} as empreendimento_id,
        {{ cvdw_id('idetapa') }} as etapa_id,
        {{ cvdw_id('idbloco') }} as bloco_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('unidade') }} as unidade,
        {{ cvdw_text('empreendimento') }} as empreendimento,
        {{ cvdw_text('etapa') }} as etapa,
        {{ cvdw_text('bloco') }} as bloco,
        {{ cvdw_text('tabela') }} as tabela,

        ---------- numerics
        {{ cvdw_numeric('valor') }} as vl_preco,
        {{ cvdw_numeric('valor_avaliacao') }} as vl_avaliacao,

        ---------- dates
        {{ cvdw_date('data_vigencia_de') }} as dt_vigencia_de,
        {{ cvdw_date('data_vigencia_ate') }} as dt_vigencia_ate,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'data_vigencia_de': 'date',
            'data_vigencia_ate': 'date',
            'valor': 'numeric',
            'valor_avaliacao': 'numeric',
        }) }} as colunas_invalidas,

        ---------- timestamps
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
