{#- Quarantined lines that are out no longer, or for another reason. #}
{% macro healed_lines() -%}
    not exists (
        select 1
        from {{ ref('int_cartoes__linhas_fora') }} as fora
        inner join {{ ref('int_cartoes__arquivos_completos') }} as arquivos
            on fora.arquivo_id = arquivos.arquivo_id
        where
            arquivos.arquivo_sha256 = {{ this }}.arquivo_sha256
            and fora.nr_linha = {{ this }}.linha
            and fora.codigo = {{ this }}.codigo
    )
{%- endmacro %}


{#- The files whose lines go to quarantine now; no other is read. #}
{% macro files_to_fetch(entidade) -%}
    {%- set files = [] -%}
    {%- set fora = ref('int_cartoes__linhas_fora') -%}
    {%- if execute and load_relation(fora) is not none -%}
        {%- set query -%}
            select distinct arquivos.arquivo_sha256
            from {{ fora }} as fora
            inner join {{ ref('int_cartoes__arquivos_completos') }} as arquivos
                on fora.arquivo_id = arquivos.arquivo_id
            where
                fora.entidade = '{{ entidade }}'
                {% if is_incremental() -%}
                    and not exists (
                        select 1
                        from {{ this }} as conhecidas
                        where
                            conhecidas.arquivo_sha256 = arquivos.arquivo_sha256
                            and conhecidas.linha = fora.nr_linha
                            and conhecidas.codigo = fora.codigo
                    )
                {%- endif %}
            order by 1
        {%- endset -%}
        {%- do files.extend(run_query(query).columns[0].values()) -%}
    {%- endif -%}
    {{- in_files(entidade ~ '.arquivo_sha256', files) -}}
{%- endmacro %}


{% macro surplus_text(extras) -%}
    case
        when {{ extras }} ? '_excedente' then 'mais campos que o cabeçalho'
    end
{%- endmacro %}


{% macro null_names(relation, columns) -%}
    {%- for column, name in columns.items() -%}
        case when {{ relation }}.{{ column }} is null then '{{ name }}' end
        {{- ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
