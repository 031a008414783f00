{%- set afetados = affected_payments() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_when_incremental(affected_payments()) }}',
    )
}}

-- Good lines with an invoice that a newer such line of their key took the
-- place of: a later month in the file's name wins, then a later load.

with

repetidos as (

    select id_pagamento
    from {{ ref('int_cartoes__pagamentos_ligados') }}
    {% if is_incremental() -%}
        where {{ afetados }}
    {%- endif %}
    group by 1
    having count(*) > 1

),

numerados as (

    select
        pagamentos.arquivo_id,
        pagamentos.nr_linha,
        pagamentos.id_pagamento,
        row_number() over (
            partition by pagamentos.id_pagamento
            order by
                pagamentos.mes_arquivo desc nulls last,
                pagamentos.carregado_em desc
        ) as nr_do_mais_novo
    from {{ ref('int_cartoes__pagamentos_ligados') }} as pagamentos
    inner join repetidos
        on pagamentos.id_pagamento = repetidos.id_pagamento

),

final as (

    select
        arquivo_id,
        nr_linha,
        id_pagamento
    from numerados
    where nr_do_mais_novo > 1

)

select * from final
