{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental('carregado_em > ' ~ curated_until()) }}",
    )
}}
{%- set novas = 'carregado_em > ' ~ curated_until() %}

-- Lines that are out by themselves or by another line of their file.

with

-- Told by counting, not by numbering all lines: few keys come again.
repetidas as (

    select
        arquivo_id,
        id_fatura
    from {{ ref('int_cartoes__faturas_conferidas') }}
    where {{ novas }}
    group by 1, 2
    having count(*) > 1

),

-- Of a key's typed lines in one file, the last one stays.
numeradas as (

    select
        faturas.arquivo_id,
        faturas.nr_linha,
        row_number() over (
            partition by faturas.arquivo_id, faturas.id_fatura
            order by faturas.nr_linha desc
        ) as nr_da_ultima
    from {{ ref('int_cartoes__faturas_conferidas') }} as faturas
    inner join repetidas
        on
            faturas.arquivo_id = repetidas.arquivo_id
            and faturas.id_fatura = repetidas.id_fatura
    where
        faturas.codigo is null
        and faturas.{{ novas }}

),

duplicadas as (

    select
        arquivo_id,
        nr_linha
    from numeradas
    where nr_da_ultima > 1

),

verdicts as (

    select
        faturas.arquivo_id,
        faturas.nr_linha,
        faturas.id_fatura,
        case
            when faturas.codigo is not null then faturas.codigo
            when duplicadas.nr_linha is not null
                then 'CHAVE_DUPLICADA_NO_ARQUIVO'
            when faturas.dt_vencimento < faturas.dt_emissao
                then 'DATA_IMPOSSIVEL'
        end as codigo,
        faturas.carregado_em
    from {{ ref('int_cartoes__faturas_conferidas') }} as faturas
    left join duplicadas
        on
            faturas.arquivo_id = duplicadas.arquivo_id
            and faturas.nr_linha = duplicadas.nr_linha
    where {{ novas }}

),

final as (

    select * from verdicts
    where codigo is not null

)

select * from final
