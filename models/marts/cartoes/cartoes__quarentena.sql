{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_when_incremental(healed_lines()) }}",
    )
}}

-- The cells of a line are read from its file once, when it goes to quarantine;
-- a line that came back, or has another reason now, was deleted before.

with

fora as (

    select * from {{ ref('int_cartoes__linhas_fora') }}

),

arquivos as (

    select * from {{ ref('int_cartoes__arquivos_completos') }}

),

novas as (

    select
        fora.entidade,
        fora.nr_linha,
        fora.codigo,
        arquivos.arquivo_sha256
    from fora
    inner join arquivos
        on fora.arquivo_id = arquivos.arquivo_id
    {% if is_incremental() -%}
        where
            not exists (
                select 1
                from {{ this }} as conhecidas
                where
                    conhecidas.arquivo_sha256 = arquivos.arquivo_sha256
                    and conhecidas.linha = fora.nr_linha
                    and conhecidas.codigo = fora.codigo
            )
    {%- endif %}

),

faturas as (

    select
        faturas.arquivo,
        faturas.arquivo_sha256,
        faturas.nr_linha as linha,
        novas.entidade,
        novas.codigo,
        case novas.codigo
            when 'TIPO_INVALIDO'
                then
                    concat_ws(
                        ', ',
                        {{ surplus_text('faturas.extras') }},
                        nullif(
                            array_to_string(faturas.colunas_invalidas, ', '), ''
                        )
                    )
            when 'OBRIGATORIO_AUSENTE'
                then
                    concat_ws(
                        ', ',
                        {{ null_names('faturas', {
                            'id_fatura': 'id_fatura',
                            'id_cliente': 'id_cliente',
                            'dt_emissao': 'data_emissao',
                            'dt_vencimento': 'data_vencimento',
                            'vl_fatura': 'valor_fatura',
                        }) }}
                    )
            when 'CHAVE_DUPLICADA_NO_ARQUIVO' then 'id_fatura'
            when 'DATA_IMPOSSIVEL' then 'data_vencimento'
        end as detalhe,
        faturas.conteudo,
        faturas.carregado_em
    from {{ ref('stg_cartoes__faturas') }} as faturas
    inner join novas
        on
            faturas.arquivo_sha256 = novas.arquivo_sha256
            and faturas.nr_linha = novas.nr_linha
    where {{ files_to_fetch('faturas') }}

),

pagamentos as (

    select
        pagamentos.arquivo,
        pagamentos.arquivo_sha256,
        pagamentos.nr_linha as linha,
        novas.entidade,
        novas.codigo,
        case novas.codigo
            when 'TIPO_INVALIDO'
                then
                    concat_ws(
                        ', ',
                        {{ surplus_text('pagamentos.extras') }},
                        nullif(
                            array_to_string(
                                pagamentos.colunas_invalidas, ', '
                            ), ''
                        )
                    )
            when 'OBRIGATORIO_AUSENTE'
                then
                    concat_ws(
                        ', ',
                        {{ null_names('pagamentos', {
                            'id_pagamento': 'id_pagamento',
                            'id_fatura': 'id_fatura',
                            'id_cliente': 'id_cliente',
                            'dt_pagamento': 'data_pagamento',
                            'vl_pagamento': 'valor_pagamento',
                        }) }}
                    )
            when 'CHAVE_DUPLICADA_NO_ARQUIVO' then 'id_pagamento'
            when 'ORFAO' then 'id_fatura'
            when 'CLIENTE_DIVERGENTE' then 'id_cliente'
        end as detalhe,
        pagamentos.conteudo,
        pagamentos.carregado_em
    from {{ ref('stg_cartoes__pagamentos') }} as pagamentos
    inner join novas
        on
            pagamentos.arquivo_sha256 = novas.arquivo_sha256
            and pagamentos.nr_linha = novas.nr_linha
    where {{ files_to_fetch('pagamentos') }}

),

final as (

    select * from faturas
    union all
    select * from pagamentos

)

select * from final
