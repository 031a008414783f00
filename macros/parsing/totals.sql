{% macro is_total(expression) -%}
    {{ text_key(expression) }} ~ '^(SUB)?TOTA(L|IS)\M'
{%- endmacro %}


{% macro has_total(content) -%}
    exists (
        select 1
        from jsonb_each_text({{ content }}) as celula
        where
            celula.key != '_planilha'
            and {{ is_total('celula.value') }}
    )
{%- endmacro %}
