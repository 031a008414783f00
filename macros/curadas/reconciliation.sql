{#- CTEs that count the lines of each file where they ended, not derived from one another:
    the balance is the proof. Ends with `reconciliados`. #}
{% macro reconciled_files(files, curated, superseded, quarantine) -%}
arquivos as (

    select * from {{ files }}

),

curadas as (
    {%- for relation in curated %}

    select
        arquivo_id,
        count(*) as qt_curada
    from {{ relation }}
    group by 1

    {{ "union all" if not loop.last }}
    {%- endfor %}
),

substituidas as (
    {%- for relation in superseded %}

    select
        arquivo_id,
        count(*) as qt_substituida
    from {{ relation }}
    group by 1

    {{ "union all" if not loop.last }}
    {%- endfor %}
),

fora as (

    select
        arquivo_sha256,
        count(*) filter (where codigo = 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_duplicada,
        count(*) filter (where codigo != 'CHAVE_DUPLICADA_NO_ARQUIVO')
            as qt_quarentena
    from {{ quarantine }}
    group by 1

),

counted as (

    select
        arquivos.*,
        coalesce(curadas.qt_curada, 0) as qt_curada,
        coalesce(substituidas.qt_substituida, 0) as qt_substituida,
        coalesce(fora.qt_duplicada, 0) as qt_duplicada,
        coalesce(fora.qt_quarentena, 0) as qt_quarentena
    from arquivos
    left join curadas
        on arquivos.arquivo_id = curadas.arquivo_id
    left join substituidas
        on arquivos.arquivo_id = substituidas.arquivo_id
    left join fora
        on arquivos.arquivo_sha256 = fora.arquivo_sha256

),

reconciliados as (

    select
        *,
        qt_linha - qt_curada - qt_substituida - qt_duplicada - qt_quarentena
            as qt_saldo
    from counted

)
{%- endmacro %}
