{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(of_positions_taken_back()) }}',
    )
}}

-- A file's lines are judged once: they never change, and the judgement of one
-- file depends on no other. So a new position costs what it weighs, whatever
-- came before it. Those of a load that was taken back go.

with

arquivos as (

    select arquivo_sha256 from {{ ref('stg_carteira__arquivos') }}
    where entidade = 'contratos'

    {% if is_incremental() %}
        except

        select conferidos.arquivo_sha256 from {{ this }} as conferidos
    {% endif %}

),

contratos as (

    select * from {{ ref('stg_carteira__contratos') }}
    where {{ of_files('arquivo_sha256', 'arquivos') }}

),

judged as (

    select
        arquivo,
        arquivo_sha256,
        planilha,
        nr_linha,
        num_contrato,
        carregado_em,
        colunas_invalidas,
        datas_impossiveis,
        case
            when
                (num_contrato is null or {{ is_total('num_contrato') }})
                and {{ has_total('conteudo') }}
                then 'LINHA_DE_TOTAL'
            when extras ? '_excedente' then 'TIPO_INVALIDO'
            when cardinality(colunas_invalidas) > 0
                then 'TIPO_INVALIDO'
            when num_contrato is null or cliente_id is null
                then 'OBRIGATORIO_AUSENTE'
            when cardinality(datas_impossiveis) > 0 then 'DATA_IMPOSSIVEL'
        end as codigo,
        case
            when extras ? '_excedente' then 'mais campos que o cabeçalho'
        end as excedente,
        case when num_contrato is null then 'num_contrato' end as sem_contrato,
        case when cliente_id is null then 'cliente_id' end as sem_cliente
    from contratos

),

-- Of the good lines of a contract in one file, the last one stays.
ranked as (

    select
        *,
        row_number() over (
            partition by arquivo_sha256, num_contrato, codigo
            order by planilha desc, nr_linha desc
        ) as nr_da_ultima
    from judged

),

verdicts as (

    select
        arquivo,
        arquivo_sha256,
        planilha,
        nr_linha,
        carregado_em,
        case
            when codigo is null and nr_da_ultima > 1
                then 'CHAVE_DUPLICADA_NO_ARQUIVO'
            else codigo
        end as codigo,
        case
            when codigo = 'TIPO_INVALIDO'
                then
                    concat_ws(
                        ', ',
                        excedente,
                        nullif(array_to_string(colunas_invalidas, ', '), '')
                    )
            when codigo = 'DATA_IMPOSSIVEL'
                then array_to_string(datas_impossiveis, ', ')
            when codigo = 'OBRIGATORIO_AUSENTE'
                then concat_ws(', ', sem_contrato, sem_cliente)
            when codigo is null and nr_da_ultima > 1 then 'num_contrato'
        end as detalhe
    from ranked

),

-- Only lines that are out carry their cells, which are dear to put together;
-- joined apart from the good ones, so that Postgres does it for these alone.
linhas as (

    select
        arquivo_sha256,
        planilha,
        nr_linha,
        conteudo
    from {{ ref('stg_carteira__contratos') }}
    where {{ of_files('arquivo_sha256', 'arquivos') }}

),

final as (

    select
        *,
        cast(null as jsonb) as conteudo
    from verdicts
    where codigo is null

    union all

    select
        verdicts.*,
        linhas.conteudo
    from verdicts
    inner join linhas
        on
            verdicts.arquivo_sha256 = linhas.arquivo_sha256
            and verdicts.planilha is not distinct from linhas.planilha
            and verdicts.nr_linha = linhas.nr_linha
    where verdicts.codigo is not null

)

select * from final
