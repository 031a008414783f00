{#- How many human decisions a rule's base confidence weighs. The register has the same
    number (audit.vw_divergencias); a test holds them together. #}
{% macro weight_of_the_base() -%} 20 {%- endmacro %}


{#- CTEs that lay what people have decided so far over the cases of the last build: the
    confidence moves with each decision, from the rule's base. Ends with `divergencias`. #}
{% macro live_divergences() -%}
encontradas as (

    select * from {{ ref('int_divergencias__casos_encontrados') }}

),

estados as (

    select * from {{ ref('stg_auditoria__estados') }}

),

decisoes as (

    select * from {{ ref('stg_auditoria__decisoes') }}

),

divergencias as (

    select
        encontradas.*,
        estados.estado,
        estados.dt_primeira_deteccao,
        estados.dt_ultima_deteccao,
        cast(
            (
                {{ weight_of_the_base() }} * encontradas.confianca_base
                + coalesce(decisoes.qt_aprovada, 0)
            ) / (
                {{ weight_of_the_base() }}
                + coalesce(decisoes.qt_aprovada, 0)
                + coalesce(decisoes.qt_rejeitada, 0)
                + coalesce(decisoes.qt_revertida, 0)
            ) as numeric(5, 4)
        ) as confianca
    from encontradas
    left join estados
        on encontradas.caso = estados.caso
    left join decisoes
        on encontradas.regra = decisoes.regra

)
{%- endmacro %}
