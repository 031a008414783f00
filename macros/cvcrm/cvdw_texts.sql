{% macro with_decoded_texts(relation) -%}
    {{- adapter.dispatch('with_decoded_texts', 'mirante')(relation) -}}
{%- endmacro %}


{#- Each entity once: of `&amp;lt;` becomes `&lt;`, as it was written. By the row, not by
    the column: most rows have no entity and are not taken apart, and the SQL stays
    short. #}
{% macro postgres__with_decoded_texts(relation) -%}
    select
        linha.*,
        (
            select
                jsonb_object_agg(
                    campo.key, {{ html_text("campo.value #>> '{}'") }}
                )
            from jsonb_each(to_jsonb(linha)) as campo
            where
                cast(linha as text) like '%&%;%'
                and jsonb_typeof(campo.value) = 'string'
                and cast(campo.value as text) like '%&%;%'
        ) as _textos
    from {{ relation }} as linha
{%- endmacro %}


{% macro cvdw_text(column) -%}
    {{ clean_text("coalesce(_textos ->> '" ~ column ~ "', " ~ column ~ ")") }}
{%- endmacro %}


{% macro html_text(expression) -%}
    {{- adapter.dispatch('html_text', 'mirante')(expression) -}}
{%- endmacro %}


{% macro postgres__html_text(expression) -%}
    (
        select
            string_agg(
                case
                    {#- a seed can't hold a space #}
                    when parte.texto[1] in (
                        '&nbsp;', '&ensp;', '&emsp;', '&thinsp;'
                    )
                        then ' '
                    when parte.texto[1] ~ '^&#0*\d{2,5};$'
                        and cast(
                            trim(both '&#;' from parte.texto[1]) as integer
                        ) between 32 and 55295
                        then chr(
                            cast(trim(both '&#;' from parte.texto[1]) as integer)
                        )
                    when parte.texto[1] ~ '^&#[xX]0*[2-9a-fA-F][0-9a-fA-F]{1,2};$'
                        then chr(
                            cast(cast(
                                'x' || lpad(
                                    trim(both '&#xX;' from parte.texto[1]), 8, '0'
                                ) as bit(32)
                            ) as integer)
                        )
                    else coalesce(entidade.caractere, parte.texto[1])
                end,
                '' order by parte.nr_parte
            )
        from regexp_matches(
            {{ expression }}, '&#?\w+;|[^&]+|&', 'g'
        ) with ordinality as parte (texto, nr_parte)
        left join {{ ref('entidades_html') }} as entidade
            on parte.texto[1] = entidade.entidade
    )
{%- endmacro %}
