{#- CTEs with the verdict on each line of the new files, by itself or by another line of
    its file; `linhas` is the relation's name in a further rule. Ends with `verdicts`. #}
{% macro rejected_lines(lines, key, since, impossible_date=none) -%}
-- Told by counting, not by numbering all lines: few keys come again.
repetidas as (

    select
        arquivo_id,
        {{ key }}
    from {{ lines }}
    where carregado_em > {{ since }}
    group by 1, 2
    having count(*) > 1

),

-- Of a key's typed lines in one file, the last one stays.
numeradas as (

    select
        linhas.arquivo_id,
        linhas.nr_linha,
        row_number() over (
            partition by linhas.arquivo_id, linhas.{{ key }}
            order by linhas.nr_linha desc
        ) as nr_da_ultima
    from {{ lines }} as linhas
    inner join repetidas
        on
            linhas.arquivo_id = repetidas.arquivo_id
            and linhas.{{ key }} = repetidas.{{ key }}
    where
        linhas.codigo is null
        and linhas.carregado_em > {{ since }}

),

duplicadas as (

    select
        arquivo_id,
        nr_linha
    from numeradas
    where nr_da_ultima > 1

),

verdicts as (

    select
        linhas.arquivo_id,
        linhas.nr_linha,
        linhas.{{ key }},
        case
            when linhas.codigo is not null then linhas.codigo
            when duplicadas.nr_linha is not null
                then 'CHAVE_DUPLICADA_NO_ARQUIVO'
            {%- if impossible_date %}
            when {{ impossible_date }} then 'DATA_IMPOSSIVEL'
            {%- endif %}
        end as codigo,
        linhas.carregado_em
    from {{ lines }} as linhas
    left join duplicadas
        on
            linhas.arquivo_id = duplicadas.arquivo_id
            and linhas.nr_linha = duplicadas.nr_linha
    where linhas.carregado_em > {{ since }}

)
{%- endmacro %}
