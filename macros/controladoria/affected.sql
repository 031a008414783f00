{#- Lines of the invoices in the files since the last complete build of the curated table;
    in any competência, which may be NULL and would not be found. All of them on a full
    refresh, and after a withdrawal: the curated table is emptied then, not dropped. #}
{% macro affected_invoice_lines() -%}
    {%- if flags.FULL_REFRESH or has_unapplied_withdrawals('controladoria') -%}
        true
    {%- else -%}
        idnfsexterno in (
            select novas.idnfsexterno
            from {{ ref('int_controladoria__bonus_tipados') }} as novas
            where novas.carregado_em > {{ curated_until('divergencias') }}
        )
    {%- endif -%}
{%- endmacro %}
