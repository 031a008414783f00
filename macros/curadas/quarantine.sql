{#- Quarantined lines that are out no longer, or for another reason. #}
{% macro healed_lines(lines_out, files) -%}
    not exists (
        select 1
        from {{ lines_out }} as fora
        inner join {{ files }} as arquivos
            on fora.arquivo_id = arquivos.arquivo_id
        where
            arquivos.arquivo_sha256 = {{ this }}.arquivo_sha256
            and fora.nr_linha = {{ this }}.nr_linha
            and fora.codigo = {{ this }}.codigo
    )
{%- endmacro %}


{#- The files whose lines go to quarantine now; no other is read. #}
{% macro files_to_fetch(entidade, lines_out, files) -%}
    {%- set found = [] -%}
    {%- if execute and load_relation(lines_out) is not none -%}
        {%- set query -%}
            select distinct arquivos.arquivo_sha256
            from {{ lines_out }} as fora
            inner join {{ files }} as arquivos
                on fora.arquivo_id = arquivos.arquivo_id
            where
                fora.entidade = '{{ entidade }}'
                {% if is_incremental() -%}
                    and not exists (
                        select 1
                        from {{ this }} as conhecidas
                        where
                            conhecidas.arquivo_sha256 = arquivos.arquivo_sha256
                            and conhecidas.nr_linha = fora.nr_linha
                            and conhecidas.codigo = fora.codigo
                    )
                {%- endif %}
            order by 1
        {%- endset -%}
        {%- do found.extend(run_query(query).columns[0].values()) -%}
    {%- endif -%}
    {{- in_files('linhas.arquivo_sha256', found) -}}
{%- endmacro %}


{#- CTE with the lines that are out and not in the table yet. #}
{% macro new_lines_out(lines_out, files) -%}
novas as (

    select
        fora.entidade,
        fora.nr_linha,
        fora.codigo,
        arquivos.arquivo_sha256
    from {{ lines_out }} as fora
    inner join {{ files }} as arquivos
        on fora.arquivo_id = arquivos.arquivo_id
    {% if is_incremental() -%}
        where
            not exists (
                select 1
                from {{ this }} as conhecidas
                where
                    conhecidas.arquivo_sha256 = arquivos.arquivo_sha256
                    and conhecidas.nr_linha = fora.nr_linha
                    and conhecidas.codigo = fora.codigo
            )
    {%- endif %}

)
{%- endmacro %}


{#- Lines of workbooks are shown by their sheet and the number in it (`linha`); what tells
    them apart is `nr_linha`. #}
{% macro quarantined_lines(
    entidade, staging, lines_out, files, required, told, sheets=false
) -%}
    select
        linhas.arquivo,
        linhas.arquivo_sha256,
        linhas.nr_linha,
        {{ 'linhas.linha_na_planilha' if sheets else 'linhas.nr_linha' }} as linha,
        novas.entidade,
        novas.codigo,
        {% if sheets -%}
        coalesce('planilha ' || linhas.planilha || ': ', '') ||
        {%- endif %}
        case novas.codigo
            when 'TIPO_INVALIDO'
                then
                    concat_ws(
                        ', ',
                        case
                            when linhas.extras ? '_excedente'
                                then 'mais campos que o cabeçalho'
                        end,
                        nullif(
                            array_to_string(linhas.colunas_invalidas, ', '), ''
                        )
                    )
            when 'OBRIGATORIO_AUSENTE'
                then
                    concat_ws(
                        ', ',
                        {%- for column, name in required.items() %}
                        case when linhas.{{ column }} is null then '{{ name }}' end
                        {{- "," if not loop.last }}
                        {%- endfor %}
                    )
            {%- for codigo, text in told.items() %}
            when '{{ codigo }}' then '{{ text }}'
            {%- endfor %}
        end as detalhe,
        linhas.conteudo,
        linhas.carregado_em
    from {{ staging }} as linhas
    inner join novas
        on
            linhas.arquivo_sha256 = novas.arquivo_sha256
            and linhas.nr_linha = novas.nr_linha
    where {{ files_to_fetch(entidade, lines_out, files) }}
{%- endmacro %}
