{%- set given = var('dt_base', none) -%}

with

{% if given %}
    final as (

        select cast('{{ given }}' as date) as dt_base

    )
{% else %}
    final as (

        select max(dt_processamento) as dt_base
        from {{ ref('controladoria') }}

    )
{% endif %}

select * from final
