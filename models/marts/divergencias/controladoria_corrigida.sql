{%- set valores = {
    'valor_bonus': 'vl_bonus',
    'trade': 'vl_trade',
    'bonus_dpto': 'vl_bonus_dpto',
    'trade_mkt_dpto': 'vl_trade_mkt_dpto',
} -%}
{%- set campos = valores.keys() | list + ['bonus_utilizado'] -%}
{{ config(materialized='live_view') }}

with

linhas as (

    select * from {{ ref('controladoria') }}

),

correcoes as (

    select * from {{ ref('stg_auditoria__correcoes') }}
    where fonte = 'controladoria'

),

-- By name a second time: a CTE that is read twice is computed whole, and who
-- asks for one line would wait for a million.
-- Only where the source still holds what was corrected: what changed since is
-- the source's newer word. Of two that could be laid over a field, the later.
numeradas as (

    select
        correcoes.*,
        row_number() over (
            partition by
                correcoes.chave, correcoes.competencia, correcoes.campo
            order by correcoes.correcao_id desc
        ) as nr_da_ultima
    from correcoes
    inner join {{ ref('controladoria') }} as fonte
        on
            correcoes.chave = fonte.chave
            and correcoes.competencia = coalesce(fonte.competencia, '')
    where
        correcoes.campo in ({{ quoted(campos) }})
        and correcoes.valor_anterior is not distinct from
        {{ value_of_field('fonte', 'correcoes.campo', campos) }}

),

vigentes as (

    select * from numeradas
    where nr_da_ultima = 1

),

reunidas as (

    select
        chave,
        competencia,
        array_agg(campo order by campo) as campos_corrigidos,
        {%- for campo in campos %}
            max(valor_novo) filter (where campo = '{{ campo }}') as {{ campo }},
        {%- endfor %}
        jsonb_agg(
            jsonb_build_object(
                'campo', campo,
                'antes', valor_anterior,
                'depois', valor_novo,
                'quem', corrigido_por,
                'quando', corrigido_em,
                'motivo', motivo,
                'regra', regra,
                'caso', caso
            )
            order by campo
        ) as correcoes
    from vigentes
    group by 1, 2

),

final as (

    select
        linhas.chave,
        linhas.idnfsexterno,
        linhas.nr_da_nota,
        linhas.des_modelo,
        linhas.competencia,
        {%- for campo, coluna in valores.items() %}
            cast(
                case
                    when '{{ campo }}' = any(reunidas.campos_corrigidos)
                        then {{ amount_of('reunidas.' ~ campo) }}
                    else linhas.{{ coluna }}
                end as numeric(15, 2)
            ) as {{ coluna }},
        {%- endfor %}
        {%- for campo in campos %}
            case
                when '{{ campo }}' = any(reunidas.campos_corrigidos)
                    then reunidas.{{ campo }}
                else linhas.{{ campo }}
            end as {{ campo }},
        {%- endfor %}
        linhas.apontamento,
        linhas.dt_processamento,
        linhas.arquivo_id,
        linhas.nr_linha,
        linhas.carregado_em,
        coalesce(reunidas.campos_corrigidos, cast(array[] as text[]))
            as campos_corrigidos,
        coalesce(reunidas.correcoes, cast('[]' as jsonb)) as correcoes
    from linhas
    left join reunidas
        on
            linhas.chave = reunidas.chave
            and coalesce(linhas.competencia, '') = reunidas.competencia

)

select * from final
