-- Built after the book: the time up to which files are in it.

-- depends_on: {{ ref('book_fatura') }}
-- depends_on: {{ ref('book_fatura_resumo') }}

with

meses as (

    select * from {{ ref('int_cartoes__meses_referidos') }}

),

arquivos as (

    select max(carregado_em) as carregado_em
    from {{ ref('cartoes__reconciliacao_arquivos') }}

),

final as (

    select
        meses.dt_ref,
        arquivos.carregado_em
    from meses
    cross join arquivos

)

select * from final
