{#- The columns of every view by month or by group. Money of a month without a sale is 0;
    a sum over nothing known is NULL, which is what sum() gives. #}
{% macro sales_measures(relation) -%}
    cast(count({{ relation }}.reserva_id) as integer) as quantidade_vendas,
    {{ sales_total(relation, 'valor') }} as valor_total,
    {{ average_ticket(relation) }} as ticket_medio,
    {{ sales_total(relation, 'vgv') }} as vgv_total,
    {{ sales_total(relation, 'comissao_valor') }} as total_comissoes,
    cast(avg({{ relation }}.comissao_valor) as numeric(18, 2))
        as media_comissoes,
    cast(
        count({{ relation }}.reserva_id)
        - count(case when {{ relation }}.valor > 0 then 1 end) as integer
    ) as qt_sem_valor
{%- endmacro %}


{% macro sales_total(relation, column) -%}
    cast(
        case
            when count({{ relation }}.reserva_id) = 0 then 0
            else sum({{ relation }}.{{ column }})
        end as numeric(18, 2)
    )
{%- endmacro %}


{#- Over the sales that have a value. #}
{% macro average_ticket(relation) -%}
    cast(
        avg(case when {{ relation }}.valor > 0 then {{ relation }}.valor end)
        as numeric(18, 2)
    )
{%- endmacro %}
