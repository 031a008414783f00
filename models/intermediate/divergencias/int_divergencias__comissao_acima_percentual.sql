-- The percentage comes with two decimals: half a unit of the last one is no
-- divergence, though it may be many BRL of a contract.

with

comissoes as (

    select * from {{ ref('stg_cvcrm__comissoes') }}
    where ativo = 'S'

),

vendas as (

    select
        reserva_id,
        cliente_id
    from {{ ref('int_vendas__vendas_valoradas') }}

),

final as (

    select
        {{ divergence(
            'COMISSAO_ACIMA_PERCENTUAL',
            'vendas',
            chave='comissoes.comissao_id',
            campo="'valor_comissao'",
            cliente_id='vendas.cliente_id',
            valor_atual='round(comissoes.vl_comissao, 2)',
            valor_sugerido=
                'round(comissoes.vl_contrato * comissoes.pc_comissao / 100, 2)',
            dt_processamento=local_date('comissoes.carregado_em'),
        ) }}
    from comissoes
    left join vendas
        on comissoes.reserva_id = vendas.reserva_id
    where
        comissoes.vl_comissao
        > comissoes.vl_contrato * (comissoes.pc_comissao + 0.005) / 100
        + {{ var('divergencia_tolerancia') }}

)

select * from final
