{#- A workbook's sheets each number their lines from 1: the sheet's place in the workbook
    before the line's 21 bits, which are more than a sheet has. #}
{% macro line_number(line, sheet_position) -%}
    coalesce({{ sheet_position }}, 0) * 2097152 + {{ line }}
{%- endmacro %}


{#- CTE `planilhas`: the place of each sheet in its workbook. #}
{% macro sheet_positions(files) -%}
    {{- adapter.dispatch('sheet_positions', 'mirante')(files) -}}
{%- endmacro %}


{% macro postgres__sheet_positions(files) -%}
planilhas as (

    select
        arquivos._arquivo_sha256 as arquivo_sha256,
        nomes.planilha,
        nomes.nr_planilha
    from {{ files }} as arquivos
    cross join lateral
        jsonb_array_elements_text(arquivos.planilhas)
        with ordinality as nomes (planilha, nr_planilha)

)
{%- endmacro %}
