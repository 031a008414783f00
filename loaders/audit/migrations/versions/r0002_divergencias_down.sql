-- Views that dbt makes stand on these; the next build makes them again.
drop view vw_metricas_regras;
drop view vw_divergencias_abertas;
drop view vw_divergencias;
drop view vw_regras_decisoes cascade;
drop view vw_divergencias_estado cascade;
drop view vw_correcoes_vigentes cascade;
drop table divergencias_eventos;
drop table correcoes;
drop table divergencias_processadas;
drop table transicoes_divergencia;
drop function conferir_eventos();
drop function conferir_correcoes();
drop function so_cresce();
