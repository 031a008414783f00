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
        id_pagamento
    from {{ ref('int_cartoes__pagamentos_conferidos') }}
    where {{ novas }}
    group by 1, 2
    having count(*) > 1

),

-- Of a key's typed lines in one file, the last one stays.
numeradas as (

    select
        pagamentos.arquivo_id,
        pagamentos.nr_linha,
        row_number() over (
            partition by pagamentos.arquivo_id, pagamentos.id_pagamento
            order by pagamentos.nr_linha desc
        ) as nr_da_ultima
    from {{ ref('int_cartoes__pagamentos_conferidos') }} as pagamentos
    inner join repetidas
        on
            pagamentos.arquivo_id = repetidas.arquivo_id
            and pagamentos.id_pagamento = repetidas.id_pagamento
    where
        pagamentos.codigo is null
        and pagamentos.{{ novas }}

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
        pagamentos.arquivo_id,
        pagamentos.nr_linha,
        pagamentos.id_pagamento,
        case
            when pagamentos.codigo is not null then pagamentos.codigo
            when duplicadas.nr_linha is not null
                then 'CHAVE_DUPLICADA_NO_ARQUIVO'
        end as codigo,
        pagamentos.carregado_em
    from {{ ref('int_cartoes__pagamentos_conferidos') }} as pagamentos
    left join duplicadas
        on
            pagamentos.arquivo_id = duplicadas.arquivo_id
            and pagamentos.nr_linha = duplicadas.nr_linha
    where {{ novas }}

),

final as (

    select * from verdicts
    where codigo is not null

)

select * from final
