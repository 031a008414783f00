{% macro line_number(line, sheet) -%}
    {{- adapter.dispatch('line_number', 'mirante')(line, sheet) -}}
{%- endmacro %}


{#- A workbook's sheets each number their lines from 1: 40 bits of the sheet's name before
    the line's 21, which are more than a sheet has. #}
{% macro postgres__line_number(line, sheet) -%}
    coalesce(
        cast(cast('x' || left(md5({{ sheet }}), 10) as bit(40)) as bigint) * 2097152, 0
    ) + {{ line }}
{%- endmacro %}
