with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

escala as (

    select * from {{ ref('risco_escala') }}

),

grafias as (

    select
        {{ text_key('cliente_perfil') }} as chave,
        cliente_perfil,
        count(*) as qt_contrato
    from contratos
    where cliente_perfil is not null
    group by 1, 2

),

-- Two spellings of one perfil would be two segmentations of half the clients.
perfis as (

    select
        chave,
        (array_agg(
            cliente_perfil
            order by qt_contrato desc, cliente_perfil asc
        ))[1] as cliente_perfil
    from grafias
    group by 1

),

final as (

    select
        contratos.num_contrato,
        contratos.cliente_id,
        contratos.agencia_id,
        contratos.agencia_nome,
        contratos.carteira_nome,
        contratos.linha,
        perfis.cliente_perfil,
        contratos.mod_bacen,
        escala.nr_ordem as nr_risco,
        contratos.atraso,
        contratos.cob_garantia,
        contratos.valor_contrato,
        contratos.saldo_atual,
        (contratos.risco_inicial is not null and escala.risco is null)
            as fl_risco_desconhecido,
        cast(row_number() over (
            partition by contratos.cliente_id
            order by
                contratos.saldo_atual desc nulls last,
                contratos.num_contrato asc
        ) as integer) as nr_tamanho
    from contratos
    left join perfis
        on {{ text_key('contratos.cliente_perfil') }} = perfis.chave
    left join escala
        on contratos.risco_inicial = escala.risco

)

select * from final
