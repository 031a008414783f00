with

contratos as (

    select * from {{ ref('int_carteira__contratos_perfilados') }}

),

maiores as (

    select * from contratos
    where nr_tamanho = 1

),

modalidades as (

    select
        cliente_id,
        mod_bacen,
        row_number() over (
            partition by cliente_id
            order by coalesce(sum(saldo_atual), 0) desc, mod_bacen asc
        ) as nr_ordem
    from contratos
    where mod_bacen is not null
    group by 1, 2

),

principais as (

    select * from modalidades
    where nr_ordem = 1

),

pesados as (

    select
        *,
        case
            when cob_garantia is not null and saldo_atual > 0
                then saldo_atual
            else 0
        end as vl_peso
    from contratos

),

medidas as (

    select
        cliente_id,
        cast(count(*) as integer) as qt_contrato,
        {{ dbt.bool_or('fl_risco_desconhecido') }} as fl_risco_desconhecido,
        -- An unknown grade may be worse than all that are known.
        case
            when not {{ dbt.bool_or('fl_risco_desconhecido') }}
                then max(nr_risco)
        end as nr_risco,
        -- Where nothing is owed any more, every contract weighs the same.
        coalesce(
            sum(cob_garantia * vl_peso) / nullif(sum(vl_peso), 0),
            avg(cob_garantia)
        ) as cob_garantia,
        max(atraso) as nr_atraso,
        sum(valor_contrato) as vl_contrato,
        sum(saldo_atual) as vl_saldo
    from pesados
    group by 1

),

final as (

    select
        medidas.cliente_id,
        maiores.cliente_perfil,
        maiores.perfil_chave,
        maiores.agencia_id,
        maiores.agencia_nome,
        maiores.carteira_nome,
        maiores.linha,
        medidas.qt_contrato,
        medidas.nr_risco,
        cast(medidas.cob_garantia as numeric(15, 2)) as cob_garantia,
        principais.mod_bacen,
        medidas.nr_atraso,
        cast(medidas.vl_contrato as numeric(15, 2)) as vl_contrato,
        cast(medidas.vl_saldo as numeric(15, 2)) as vl_saldo,
        case
            when maiores.cliente_perfil is null then 'SEM_PERFIL'
            when medidas.fl_risco_desconhecido then 'RISCO_DESCONHECIDO'
            when medidas.nr_risco is null then 'RISCO_AUSENTE'
            when medidas.cob_garantia is null then 'COB_GARANTIA_AUSENTE'
            when medidas.nr_atraso is null then 'ATRASO_AUSENTE'
            when medidas.vl_contrato is null then 'VALOR_CONTRATO_AUSENTE'
            when medidas.vl_saldo is null then 'SALDO_AUSENTE'
        end as motivo_exclusao
    from medidas
    inner join maiores
        on medidas.cliente_id = maiores.cliente_id
    left join principais
        on medidas.cliente_id = principais.cliente_id

)

select * from final
