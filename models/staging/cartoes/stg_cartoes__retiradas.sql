{{ config(materialized='table') }}

-- Frozen for the build, as the files are.

with

{{ withdrawn_files(source('raw_cartoes', 'arquivos')) }}

select * from retiradas
