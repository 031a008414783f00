-- Metrics are asked by any day; MetricFlow joins them to these.
with

dias as (

    {{ day_spine('2000-01-01', '2049-12-31') }}

)

select * from dias
