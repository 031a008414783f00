with

contratos as (

    select * from {{ ref('clientes_carteira') }}

),

escala as (

    select * from {{ ref('risco_escala') }}

),

-- Two spellings of one perfil would be two segmentations of half the clients,
-- and a cluster would be counted in halves of a portfolio.
perfis as (

    {{ usual_spellings('contratos', 'cliente_perfil') }}

),

carteiras as (

    {{ usual_spellings('contratos', 'carteira_nome') }}

),

agencias as (

    select * from {{ ref('dim_agencia') }}

),

linhas as (

    select * from {{ ref('dim_linha') }}

),

final as (

    select
        contratos.num_contrato,
        contratos.cliente_id,
        contratos.agencia_id,
        agencias.agencia_nome,
        carteiras.carteira_nome,
        linhas.linha,
        perfis.chave as perfil_chave,
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
    left join carteiras
        on {{ text_key('contratos.carteira_nome') }} = carteiras.chave
    left join agencias
        on contratos.agencia_id = agencias.agencia_id
    left join linhas
        on contratos.linha_id = linhas.linha_id
    left join escala
        on contratos.risco_inicial = escala.risco

)

select * from final
