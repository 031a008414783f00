with

conhecidos as (

    select * from {{ ref('int_vendas__empreendimentos_conhecidos') }}

),

cadastro as (

    select * from {{ ref('stg_cvcrm__empreendimentos') }}

),

unidades as (

    select * from {{ ref('unidades') }}

),

contagens as (

    select
        conhecidos.empreendimento_id,
        {{ availability_counts('unidades') }},
        min(unidades.data_lancamento) as data_lancamento
    from conhecidos
    left join unidades
        on conhecidos.empreendimento_id = unidades.empreendimento_id
    group by 1

),

final as (

    select
        conhecidos.empreendimento_id,
        conhecidos.empreendimento,
        conhecidos.fl_cadastro,
        cadastro.sigla,
        cadastro.regiao,
        cadastro.cidade,
        cadastro.estado,
        cadastro.bairro,
        cadastro.dt_entrega as data_entrega,
        cast(cadastro.pc_andamento as numeric(15, 2)) as pc_andamento,
        contagens.data_lancamento,
        contagens.qt_unidade,
        {%- for name in availabilities() %}
            contagens.qt_{{ name }},
        {%- endfor %}
        contagens.qt_desconhecida
    from conhecidos
    left join cadastro
        on conhecidos.empreendimento_id = cadastro.empreendimento_id
    left join contagens
        on conhecidos.empreendimento_id = contagens.empreendimento_id

)

select * from final
