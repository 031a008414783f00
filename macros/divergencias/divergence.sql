{#- The columns of a case: all rules have these and no others, of these types. Arguments are
    SQL; what a rule does not say of a case is NULL. #}
{% macro divergence(
    regra, fonte, chave, campo, valor_atual, dt_processamento, competencia='null',
    valor_sugerido='null', cliente_id='null', confianca_adicional='0'
) -%}
    {%- set text = dbt.type_string() -%}
    cast('{{ regra }}' as {{ text }}) as regra,
    cast('{{ fonte }}' as {{ text }}) as fonte,
    cast({{ chave }} as {{ text }}) as chave,
    cast({{ campo }} as {{ text }}) as campo,
    cast({{ competencia }} as {{ text }}) as competencia,
    cast({{ cliente_id }} as {{ text }}) as cliente_id,
    cast({{ valor_atual }} as {{ text }}) as valor_atual,
    cast({{ valor_sugerido }} as {{ text }}) as valor_sugerido,
    cast({{ confianca_adicional }} as numeric(5, 4)) as confianca_adicional,
    cast({{ dt_processamento }} as date) as dt_processamento
{%- endmacro %}
