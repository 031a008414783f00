{#- CTEs that number the good lines of a key from the newest: a later month in the file's
    name wins, then a later load. Ends with `numeradas`. Where a key has several lines in a
    file (`whole_file`), those of one file have one number: they stay or go together. #}
{% macro superseded_lines(lines, key, affected, whole_file=false) -%}
-- Few keys come again, and only those are numbered.
repetidas as (

    select {{ key }}
    from {{ lines }}
    {% if is_incremental() -%}
        where {{ affected }}
    {%- endif %}
    group by 1
    having count(*) > 1

),

numeradas as (

    select
        linhas.arquivo_id,
        linhas.nr_linha,
        linhas.{{ key }},
        {{ 'dense_rank' if whole_file else 'row_number' }}() over (
            partition by linhas.{{ key }}
            order by
                linhas.mes_arquivo desc nulls last,
                linhas.carregado_em desc
        ) as nr_da_mais_nova
    from {{ lines }} as linhas
    inner join repetidas
        on linhas.{{ key }} = repetidas.{{ key }}

)
{%- endmacro %}
