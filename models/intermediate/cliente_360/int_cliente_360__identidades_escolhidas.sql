-- Of several records the one whose source knows most of a client speaks for it.

with

vinculos as (

    select * from {{ ref('vinculos') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by cliente_360_id
            order by
                case fonte
                    when 'carteira' then 1
                    when 'banco' then 2
                    when 'vendas' then 3
                    else 4
                end,
                registro
        ) as nr_ordem,
        count(*) over (partition by cliente_360_id) as qt_registro
    from vinculos

),

fontes as (

    select
        cliente_360_id,
        {{ dbt.bool_or("fonte = 'carteira'") }} as fl_carteira,
        {{ dbt.bool_or("fonte = 'cartoes'") }} as fl_cartoes,
        {{ dbt.bool_or("fonte = 'vendas'") }} as fl_vendas,
        {{ dbt.bool_or("fonte = 'banco'") }} as fl_banco
    from vinculos
    group by 1

),

final as (

    select
        ranked.cliente_360_id,
        ranked.documento_hash,
        ranked.documento_mascarado,
        ranked.tipo_documento,
        ranked.nome_mascarado,
        ranked.evidencia,
        cast(ranked.qt_registro as integer) as qt_registro,
        fontes.fl_carteira,
        fontes.fl_cartoes,
        fontes.fl_vendas,
        fontes.fl_banco
    from ranked
    inner join fontes
        on ranked.cliente_360_id = fontes.cliente_360_id
    where ranked.nr_ordem = 1

)

select * from final
