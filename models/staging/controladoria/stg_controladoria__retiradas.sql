{{ config(materialized='table') }}

-- Frozen for the build, as the files are.

with

{{ withdrawn_files(source('raw_controladoria', 'arquivos')) }}

select * from retiradas
