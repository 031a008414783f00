{#- The md5 by which a case, or its evidence, is known; `varargs` are its parts, SQL. #}
{% macro case_id() -%}
    md5(
        {%- for part in varargs %}
        coalesce(cast({{ part }} as {{ dbt.type_string() }}), '')
        {{- " || '|' ||" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
