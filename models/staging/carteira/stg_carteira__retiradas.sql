with

{{ withdrawn_files(source('raw_carteira', 'arquivos')) }}

select * from retiradas
