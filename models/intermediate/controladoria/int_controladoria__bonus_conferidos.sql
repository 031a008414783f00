{{ config(materialized='view') }}

-- What a line alone tells. Its amounts are judged by the rules, in what is
-- curated: a value that is wrong has to be seen to be decided upon.

with

bonus as (

    select * from {{ ref('int_controladoria__bonus_tipados') }}

),

final as (

    select
        *,
        case
            when fl_excedente or fl_tipo_invalido then 'TIPO_INVALIDO'
            when idnfsexterno is null then 'OBRIGATORIO_AUSENTE'
            when fl_data_impossivel then 'DATA_IMPOSSIVEL'
        end as codigo
    from bonus

)

select * from final
