create table transicoes_divergencia (
    acao text not null,
    de_estado text,
    para_estado text not null,
    modos text[] not null check (modos <@ array['automatico', 'humano']),
    exige_motivo boolean not null default false,
    unique nulls not distinct (acao, de_estado)
);

comment on table transicoes_divergencia is
'Uma linha por ação e estado em que ela é permitida: as regras que o banco e o comando seguem.';
comment on column transicoes_divergencia.acao is 'O que é feito.';
comment on column transicoes_divergencia.de_estado is 'Estado antes; NULL: caso ainda desconhecido.';
comment on column transicoes_divergencia.para_estado is 'Estado depois.';
comment on column transicoes_divergencia.modos is
'Quem pode: humano (uma pessoa) ou automatico (a detecção e o modo auto).';
comment on column transicoes_divergencia.exige_motivo is 'Se é preciso dizer por quê.';

insert into transicoes_divergencia (acao, de_estado, para_estado, modos, exige_motivo) values
('detectar', null, 'detectada', '{automatico}', false),
('detectar', 'obsoleta', 'detectada', '{automatico}', false),
('detectar', 'rejeitada', 'detectada', '{automatico}', false),
('detectar', 'aplicada', 'detectada', '{automatico}', false),
('detectar', 'revertida', 'detectada', '{automatico}', false),
('obsoletar', 'detectada', 'obsoleta', '{automatico}', false),
('obsoletar', 'aprovada', 'obsoleta', '{automatico}', false),
('obsoletar', 'falha', 'obsoleta', '{automatico}', false),
('silenciar', 'obsoleta', 'rejeitada', '{automatico}', false),
('silenciar', 'rejeitada', 'rejeitada', '{automatico}', false),
('silenciar', 'aplicada', 'rejeitada', '{automatico}', false),
('silenciar', 'revertida', 'rejeitada', '{automatico}', false),
('aprovar', 'detectada', 'aprovada', '{humano,automatico}', false),
('aprovar', 'falha', 'aprovada', '{humano}', false),
('aplicar', 'aprovada', 'aplicada', '{humano,automatico}', false),
('falhar', 'aprovada', 'falha', '{humano,automatico}', true),
('rejeitar', 'detectada', 'rejeitada', '{humano}', true),
('reverter', 'aplicada', 'revertida', '{humano}', false),
('reabrir', 'rejeitada', 'detectada', '{humano}', true);

create table divergencias_processadas (
    caso text primary key,
    evidencia text not null,
    regra text not null,
    versao_regra integer not null,
    severidade text,
    fonte text not null,
    chave text not null,
    campo text not null,
    competencia text,
    valor_atual text,
    valor_sugerido text,
    confianca_base numeric(5, 4) not null,
    fl_automatica boolean not null,
    dt_processamento date,
    primeira_deteccao timestamptz not null,
    ultima_deteccao timestamptz not null,
    sessao_id bigint not null references sessoes_processamento
);

create index divergencias_processadas__regra on divergencias_processadas (regra);
create index divergencias_processadas__sessao on divergencias_processadas (sessao_id);

comment on table divergencias_processadas is
'Uma linha por caso já registrado: como foi visto quando chegou à evidência do seu estado.';
comment on column divergencias_processadas.caso is 'md5 de regra|chave|campo|competencia.';
comment on column divergencias_processadas.evidencia is
'md5 de valor_atual|valor_sugerido|versao_regra.';
comment on column divergencias_processadas.regra is 'Regra que o encontrou.';
comment on column divergencias_processadas.versao_regra is 'Versão da regra.';
comment on column divergencias_processadas.severidade is 'Gravidade, como a regra diz.';
comment on column divergencias_processadas.fonte is
'controladoria, cartoes, vendas ou carteira.';
comment on column divergencias_processadas.chave is 'O registro, na numeração da fonte.';
comment on column divergencias_processadas.campo is 'O campo em questão.';
comment on column divergencias_processadas.competencia is
'Competência, como data ISO ou texto como veio.';
comment on column divergencias_processadas.valor_atual is 'O que a fonte diz, como texto.';
comment on column divergencias_processadas.valor_sugerido is
'O que a regra sugere; NULL: nada.';
comment on column divergencias_processadas.confianca_base is
'Confiança da regra no caso, antes de calibrar.';
comment on column divergencias_processadas.fl_automatica is
'Se a regra permite decisão automática.';
comment on column divergencias_processadas.dt_processamento is
'Dia em que a fonte processou ou carregou a linha.';
comment on column divergencias_processadas.primeira_deteccao is 'Visto pela primeira vez.';
comment on column divergencias_processadas.ultima_deteccao is 'Visto pela última vez.';
comment on column divergencias_processadas.sessao_id is
'Última sessão que o viu nos dias que olhou.';

create table correcoes (
    correcao_id bigint generated always as identity primary key,
    caso text not null references divergencias_processadas,
    evidencia text not null,
    regra text not null,
    fonte text not null,
    chave text not null,
    campo text not null,
    competencia text,
    valor_anterior text,
    valor_novo text not null,
    motivo text,
    corrigido_por text not null,
    corrigido_em timestamptz not null default clock_timestamp(),
    operacao_id bigint references operacoes
);

create index correcoes__campo on correcoes (fonte, chave, campo, competencia);
create index correcoes__caso on correcoes (caso);

comment on table correcoes is
'Uma linha por correção aplicada, também as revertidas; nada aqui muda nem some.';
comment on column correcoes.correcao_id is 'Número da correção.';
comment on column correcoes.caso is 'Caso que corrige.';
comment on column correcoes.evidencia is 'Evidência em que a decisão se baseou.';
comment on column correcoes.regra is 'Regra do caso.';
comment on column correcoes.fonte is 'Fonte do registro.';
comment on column correcoes.chave is 'O registro.';
comment on column correcoes.campo is 'O campo corrigido.';
comment on column correcoes.competencia is 'Competência do registro.';
comment on column correcoes.valor_anterior is
'O que a fonte dizia; a correção só vale enquanto ela o disser.';
comment on column correcoes.valor_novo is 'O que passa a valer.';
comment on column correcoes.motivo is 'Por quê.';
comment on column correcoes.corrigido_por is 'Quem.';
comment on column correcoes.corrigido_em is 'Quando.';
comment on column correcoes.operacao_id is 'Operação que a aplicou.';

create table divergencias_eventos (
    evento_id bigint generated always as identity primary key,
    caso text not null references divergencias_processadas,
    nr_evento integer not null check (nr_evento >= 1),
    acao text not null,
    de_estado text,
    para_estado text not null,
    evidencia text not null,
    quem text not null,
    quando timestamptz not null default clock_timestamp(),
    motivo text,
    modo text not null check (modo in ('automatico', 'humano')),
    sessao_id bigint references sessoes_processamento,
    operacao_id bigint references operacoes,
    correcao_id bigint references correcoes,
    -- Of two that decide upon what they saw, one gets the number.
    unique (caso, nr_evento),
    check ((acao in ('aplicar', 'reverter')) = (correcao_id is not null))
);

create unique index divergencias_eventos__correcao
on divergencias_eventos (correcao_id, acao);
create index divergencias_eventos__evidencia
on divergencias_eventos (caso, evidencia);

comment on table divergencias_eventos is
'Uma linha por mudança de estado de um caso. Só cresce: um gatilho recusa o resto.';
comment on column divergencias_eventos.evento_id is 'Número do evento.';
comment on column divergencias_eventos.caso is 'Caso que mudou.';
comment on column divergencias_eventos.nr_evento is 'Ordem no caso, a partir de 1.';
comment on column divergencias_eventos.acao is 'O que foi feito.';
comment on column divergencias_eventos.de_estado is 'Estado antes; NULL no primeiro.';
comment on column divergencias_eventos.para_estado is 'Estado depois.';
comment on column divergencias_eventos.evidencia is 'Evidência que o caso tinha.';
comment on column divergencias_eventos.quem is
'Usuário do sistema operacional e papel do banco.';
comment on column divergencias_eventos.quando is 'Quando.';
comment on column divergencias_eventos.motivo is 'Por quê; numa falha, o erro.';
comment on column divergencias_eventos.modo is 'humano ou automatico.';
comment on column divergencias_eventos.sessao_id is 'Sessão, se foi numa.';
comment on column divergencias_eventos.operacao_id is 'Operação que o registrou.';
comment on column divergencias_eventos.correcao_id is 'Correção aplicada ou revertida.';

create function so_cresce() returns trigger
language plpgsql
set search_path from current
as $$
begin
    raise exception 'audit.% só cresce: % recusado', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation';
end
$$;

comment on function so_cresce() is 'Recusa mudar, apagar ou esvaziar o que só cresce.';

create trigger so_cresce
before update or delete or truncate on divergencias_eventos
for each statement execute function so_cresce();

create trigger so_cresce
before update or delete or truncate on correcoes
for each statement execute function so_cresce();

create view vw_divergencias_estado as
select
    divergencias_processadas.caso,
    ultimo.evidencia,
    ultimo.para_estado as estado,
    divergencias_processadas.primeira_deteccao,
    divergencias_processadas.ultima_deteccao,
    decisao.quem as decidido_por,
    decisao.quando as decidido_em
from divergencias_processadas
inner join (
    select distinct on (eventos.caso)
        eventos.caso,
        eventos.evidencia,
        eventos.para_estado
    from divergencias_eventos as eventos
    order by eventos.caso, eventos.nr_evento desc
) as ultimo on divergencias_processadas.caso = ultimo.caso
left join (
    select distinct on (eventos.caso)
        eventos.caso,
        eventos.quem,
        eventos.quando
    from divergencias_eventos as eventos
    where eventos.acao not in ('detectar', 'obsoletar', 'silenciar')
    order by eventos.caso, eventos.nr_evento desc
) as decisao on divergencias_processadas.caso = decisao.caso;

comment on view vw_divergencias_estado is
'Uma linha por caso registrado: seu estado, tirado dos eventos.';
comment on column vw_divergencias_estado.caso is 'Caso.';
comment on column vw_divergencias_estado.evidencia is 'Evidência do estado.';
comment on column vw_divergencias_estado.estado is
'detectada, aprovada, rejeitada, aplicada, falha, revertida ou obsoleta.';
comment on column vw_divergencias_estado.primeira_deteccao is 'Visto pela primeira vez.';
comment on column vw_divergencias_estado.ultima_deteccao is 'Visto pela última vez.';
comment on column vw_divergencias_estado.decidido_por is
'Quem decidiu por último; NULL: ninguém ainda.';
comment on column vw_divergencias_estado.decidido_em is 'Quando.';

create view vw_correcoes_vigentes as
select
    correcoes.fonte,
    correcoes.chave,
    correcoes.campo,
    correcoes.competencia,
    correcoes.valor_anterior,
    correcoes.valor_novo,
    correcoes.caso,
    correcoes.regra,
    correcoes.motivo,
    correcoes.corrigido_por,
    correcoes.corrigido_em,
    correcoes.correcao_id
from correcoes
inner join divergencias_eventos as aplicacao
    on correcoes.correcao_id = aplicacao.correcao_id
    and aplicacao.acao = 'aplicar'
-- Whatever came after it, another evidence or the undo, ended it.
left join divergencias_eventos as seguinte
    on aplicacao.caso = seguinte.caso
    and aplicacao.nr_evento + 1 = seguinte.nr_evento
where seguinte.evento_id is null;

comment on view vw_correcoes_vigentes is
'Uma linha por caso aplicado: sua correção. Um campo tem mais de uma se mais de um caso o corrige.';
comment on column vw_correcoes_vigentes.fonte is 'Fonte do registro.';
comment on column vw_correcoes_vigentes.chave is 'O registro.';
comment on column vw_correcoes_vigentes.campo is 'O campo.';
comment on column vw_correcoes_vigentes.competencia is 'Competência do registro.';
comment on column vw_correcoes_vigentes.valor_anterior is
'O que a fonte dizia; a correção só vale enquanto ela o disser.';
comment on column vw_correcoes_vigentes.valor_novo is 'O que vale.';
comment on column vw_correcoes_vigentes.caso is 'Caso que a trouxe.';
comment on column vw_correcoes_vigentes.regra is 'Regra do caso.';
comment on column vw_correcoes_vigentes.motivo is 'Por quê.';
comment on column vw_correcoes_vigentes.corrigido_por is 'Quem.';
comment on column vw_correcoes_vigentes.corrigido_em is 'Quando.';
comment on column vw_correcoes_vigentes.correcao_id is
'Número da correção; entre as que cabem no mesmo campo, vale a maior.';

create function conferir_eventos() returns trigger
language plpgsql
set search_path from current
as $$
declare
    errado record;
begin
    -- One look at all that a statement brought: a detection brings a hundred thousand.
    select
        novos.caso,
        novos.acao,
        novos.de_estado,
        novos.para_estado,
        novos.modo,
        anterior.para_estado as estado_atual,
        transicoes_divergencia.acao is null as proibida,
        coalesce(not novos.modo = any(transicoes_divergencia.modos), false) as outro_modo,
        coalesce(transicoes_divergencia.exige_motivo, false)
        and nullif(trim(novos.motivo), '') is null as sem_motivo
    into errado
    from novos
    left join divergencias_eventos as anterior
        on novos.caso = anterior.caso
        and novos.nr_evento - 1 = anterior.nr_evento
    left join transicoes_divergencia
        on novos.acao = transicoes_divergencia.acao
        and novos.de_estado is not distinct from transicoes_divergencia.de_estado
        and novos.para_estado = transicoes_divergencia.para_estado
    where
        transicoes_divergencia.acao is null
        or not novos.modo = any(transicoes_divergencia.modos)
        or novos.de_estado is distinct from anterior.para_estado
        or (novos.nr_evento = 1) <> (anterior.nr_evento is null)
        or (
            transicoes_divergencia.exige_motivo
            and nullif(trim(novos.motivo), '') is null
        )
    order by novos.caso, novos.nr_evento
    limit 1;
    if found then
        if errado.de_estado is distinct from errado.estado_atual then
            raise exception 'o caso % está em %, e não em %',
                errado.caso, coalesce(errado.estado_atual, 'nenhum estado'),
                coalesce(errado.de_estado, 'nenhum estado')
                using errcode = 'check_violation';
        elsif errado.sem_motivo then
            raise exception '% o caso % exige um motivo', errado.acao, errado.caso
                using errcode = 'check_violation';
        elsif errado.outro_modo then
            raise exception '% o caso % não cabe ao modo %',
                errado.acao, errado.caso, errado.modo
                using errcode = 'check_violation';
        end if;
        raise exception 'não se pode % o caso %: de % para % não é permitido',
            errado.acao, errado.caso, coalesce(errado.de_estado, 'nenhum estado'),
            errado.para_estado
            using errcode = 'check_violation';
    end if;

    -- A correction is of its case, and is undone last in, first out.
    select novos.caso, novos.acao
    into errado
    from novos
    inner join correcoes on novos.correcao_id = correcoes.correcao_id
    left join divergencias_eventos as anterior
        on novos.caso = anterior.caso
        and novos.nr_evento - 1 = anterior.nr_evento
    where
        novos.caso <> correcoes.caso
        or (
            novos.acao = 'reverter'
            and novos.correcao_id is distinct from anterior.correcao_id
        )
        or (
            novos.acao = 'reverter'
            and exists (
                select 1
                from vw_correcoes_vigentes as posteriores
                where
                    posteriores.fonte = correcoes.fonte
                    and posteriores.chave = correcoes.chave
                    and posteriores.campo = correcoes.campo
                    and posteriores.competencia is not distinct from correcoes.competencia
                    and posteriores.correcao_id > correcoes.correcao_id
            )
        )
    limit 1;
    if found then
        raise exception 'não se pode % o caso %: a correção é de outro caso, ou há uma posterior'
            ' do mesmo campo', errado.acao, errado.caso
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;

comment on function conferir_eventos() is
'Recusa eventos que transicoes_divergencia não permite, ou que não partem do estado atual.';

create trigger conferir_eventos
after insert on divergencias_eventos
referencing new table as novos
for each statement execute function conferir_eventos();

create function conferir_correcoes() returns trigger
language plpgsql
set search_path from current
as $$
declare
    errada record;
begin
    select novas.fonte, novas.campo
    into errada
    from novas
    left join configuracoes_sistema
        on configuracoes_sistema.chave = 'campos_corrigiveis'
    where configuracoes_sistema.valor -> novas.fonte ->> novas.campo is null
    limit 1;
    if found then
        raise exception 'o campo % de % não está entre os que podem ser corrigidos',
            errada.campo, errada.fonte
            using errcode = 'check_violation';
    end if;

    select novas.caso
    into errada
    from novas
    inner join divergencias_processadas as casos on novas.caso = casos.caso
    where
        (novas.regra, novas.fonte, novas.chave, novas.campo)
        <> (casos.regra, casos.fonte, casos.chave, casos.campo)
        or novas.competencia is distinct from casos.competencia
    limit 1;
    if found then
        raise exception 'a correção não é da linha e do campo do caso %', errada.caso
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;

comment on function conferir_correcoes() is
'Recusa correções de campos que configuracoes_sistema não lista, e do que não é do seu caso.';

create trigger conferir_correcoes
after insert on correcoes
referencing new table as novas
for each statement execute function conferir_correcoes();

create view vw_regras_decisoes as
select
    regras.regra,
    count(*) filter (where ultima.acao = 'aprovar') as qt_aprovada,
    count(*) filter (where ultima.acao = 'rejeitar') as qt_rejeitada,
    count(*) filter (where ultima.acao = 'reverter') as qt_revertida
from (
    select distinct divergencias_processadas.regra
    from divergencias_processadas
) as regras
left join (
    -- What people said of an evidence last: one reopened was not rejected, one reverted
    -- not approved.
    select distinct on (eventos.caso, eventos.evidencia)
        divergencias_processadas.regra,
        eventos.acao
    from divergencias_eventos as eventos
    inner join divergencias_processadas on eventos.caso = divergencias_processadas.caso
    where
        eventos.modo = 'humano'
        and eventos.acao in ('aprovar', 'rejeitar', 'reverter', 'reabrir')
    order by eventos.caso, eventos.evidencia, eventos.nr_evento desc
) as ultima on regras.regra = ultima.regra
group by regras.regra;

comment on view vw_regras_decisoes is
'Uma linha por regra: o que pessoas decidiram. Decisões automáticas não contam.';
comment on column vw_regras_decisoes.regra is 'Regra.';
comment on column vw_regras_decisoes.qt_aprovada is 'Evidências aprovadas e não revertidas.';
comment on column vw_regras_decisoes.qt_rejeitada is 'Evidências rejeitadas e não reabertas.';
comment on column vw_regras_decisoes.qt_revertida is 'Evidências cuja correção foi revertida.';

create view vw_divergencias as
select
    divergencias_processadas.caso,
    divergencias_processadas.evidencia,
    divergencias_processadas.regra,
    divergencias_processadas.versao_regra,
    divergencias_processadas.severidade,
    divergencias_processadas.fonte,
    divergencias_processadas.chave,
    divergencias_processadas.campo,
    divergencias_processadas.competencia,
    divergencias_processadas.valor_atual,
    divergencias_processadas.valor_sugerido,
    divergencias_processadas.confianca_base,
    round(
        (20 * divergencias_processadas.confianca_base + vw_regras_decisoes.qt_aprovada)
        / (
            20
            + vw_regras_decisoes.qt_aprovada
            + vw_regras_decisoes.qt_rejeitada
            + vw_regras_decisoes.qt_revertida
        ),
        4
    )::numeric(5, 4) as confianca,
    divergencias_processadas.fl_automatica,
    divergencias_processadas.dt_processamento,
    vw_divergencias_estado.estado,
    vw_divergencias_estado.decidido_por,
    vw_divergencias_estado.decidido_em,
    divergencias_processadas.primeira_deteccao,
    divergencias_processadas.ultima_deteccao,
    divergencias_processadas.sessao_id
from divergencias_processadas
inner join vw_divergencias_estado
    on divergencias_processadas.caso = vw_divergencias_estado.caso
inner join vw_regras_decisoes
    on divergencias_processadas.regra = vw_regras_decisoes.regra;

comment on view vw_divergencias is
'Uma linha por caso registrado, com seu estado e a confiança calibrada.';
comment on column vw_divergencias.confianca is
'Confiança calibrada pelas decisões de pessoas sobre a regra.';
comment on column vw_divergencias.caso is
'md5 de regra|chave|campo|competencia.';
comment on column vw_divergencias.evidencia is
'md5 de valor_atual|valor_sugerido|versao_regra.';
comment on column vw_divergencias.regra is
'Regra que o encontrou.';
comment on column vw_divergencias.versao_regra is
'Versão da regra.';
comment on column vw_divergencias.severidade is
'Gravidade, como a regra diz.';
comment on column vw_divergencias.fonte is
'controladoria, cartoes, vendas ou carteira.';
comment on column vw_divergencias.chave is
'O registro, na numeração da fonte.';
comment on column vw_divergencias.campo is
'O campo em questão.';
comment on column vw_divergencias.competencia is
'Competência, como data ISO ou texto como veio.';
comment on column vw_divergencias.valor_atual is
'O que a fonte diz, como texto.';
comment on column vw_divergencias.valor_sugerido is
'O que a regra sugere; NULL: nada.';
comment on column vw_divergencias.confianca_base is
'Confiança da regra no caso, antes de calibrar.';
comment on column vw_divergencias.fl_automatica is
'Se a regra permite decisão automática.';
comment on column vw_divergencias.dt_processamento is
'Dia em que a fonte processou ou carregou a linha.';
comment on column vw_divergencias.primeira_deteccao is
'Visto pela primeira vez.';
comment on column vw_divergencias.ultima_deteccao is
'Visto pela última vez.';
comment on column vw_divergencias.sessao_id is
'Última sessão que o viu nos dias que olhou.';
comment on column vw_divergencias.estado is
'detectada, aprovada, rejeitada, aplicada, falha, revertida ou obsoleta.';
comment on column vw_divergencias.decidido_por is
'Quem decidiu por último; NULL: ninguém ainda.';
comment on column vw_divergencias.decidido_em is 'Quando.';

create view vw_divergencias_abertas as
select * from vw_divergencias
where estado in ('detectada', 'aprovada', 'falha');

comment on view vw_divergencias_abertas is
'Uma linha por caso que espera por alguém: detectada, aprovada ou falha.';
comment on column vw_divergencias_abertas.confianca is
'Confiança calibrada pelas decisões de pessoas sobre a regra.';
comment on column vw_divergencias_abertas.caso is
'md5 de regra|chave|campo|competencia.';
comment on column vw_divergencias_abertas.evidencia is
'md5 de valor_atual|valor_sugerido|versao_regra.';
comment on column vw_divergencias_abertas.regra is
'Regra que o encontrou.';
comment on column vw_divergencias_abertas.versao_regra is
'Versão da regra.';
comment on column vw_divergencias_abertas.severidade is
'Gravidade, como a regra diz.';
comment on column vw_divergencias_abertas.fonte is
'controladoria, cartoes, vendas ou carteira.';
comment on column vw_divergencias_abertas.chave is
'O registro, na numeração da fonte.';
comment on column vw_divergencias_abertas.campo is
'O campo em questão.';
comment on column vw_divergencias_abertas.competencia is
'Competência, como data ISO ou texto como veio.';
comment on column vw_divergencias_abertas.valor_atual is
'O que a fonte diz, como texto.';
comment on column vw_divergencias_abertas.valor_sugerido is
'O que a regra sugere; NULL: nada.';
comment on column vw_divergencias_abertas.confianca_base is
'Confiança da regra no caso, antes de calibrar.';
comment on column vw_divergencias_abertas.fl_automatica is
'Se a regra permite decisão automática.';
comment on column vw_divergencias_abertas.dt_processamento is
'Dia em que a fonte processou ou carregou a linha.';
comment on column vw_divergencias_abertas.primeira_deteccao is
'Visto pela primeira vez.';
comment on column vw_divergencias_abertas.ultima_deteccao is
'Visto pela última vez.';
comment on column vw_divergencias_abertas.sessao_id is
'Última sessão que o viu nos dias que olhou.';
comment on column vw_divergencias_abertas.estado is
'detectada, aprovada ou falha.';
comment on column vw_divergencias_abertas.decidido_por is
'Quem decidiu por último; NULL: ninguém ainda.';
comment on column vw_divergencias_abertas.decidido_em is 'Quando.';

create view vw_metricas_regras as
select
    casos.regra,
    casos.qt_detectada,
    casos.qt_aberta,
    casos.qt_aplicada,
    casos.qt_obsoleta,
    vw_regras_decisoes.qt_aprovada,
    vw_regras_decisoes.qt_rejeitada,
    vw_regras_decisoes.qt_revertida,
    vw_regras_decisoes.qt_aprovada
    + vw_regras_decisoes.qt_rejeitada
    + vw_regras_decisoes.qt_revertida as qt_decidida,
    round(
        100.0 * vw_regras_decisoes.qt_aprovada
        / nullif(
            vw_regras_decisoes.qt_aprovada
            + vw_regras_decisoes.qt_rejeitada
            + vw_regras_decisoes.qt_revertida,
            0
        ),
        2
    ) as pc_precisao,
    esperas.horas_ate_decisao_mediana
from (
    select
        divergencias_processadas.regra,
        count(*) as qt_detectada,
        count(*) filter (
            where vw_divergencias_estado.estado in ('detectada', 'aprovada', 'falha')
        ) as qt_aberta,
        count(*) filter (where vw_divergencias_estado.estado = 'aplicada') as qt_aplicada,
        count(*) filter (where vw_divergencias_estado.estado = 'obsoleta') as qt_obsoleta
    from divergencias_processadas
    inner join vw_divergencias_estado
        on divergencias_processadas.caso = vw_divergencias_estado.caso
    group by divergencias_processadas.regra
) as casos
inner join vw_regras_decisoes on casos.regra = vw_regras_decisoes.regra
left join (
    select
        divergencias_processadas.regra,
        percentile_cont(0.5) within group (
            order by extract(epoch from decisao.quando - deteccao.quando) / 3600
        ) as horas_ate_decisao_mediana
    from divergencias_eventos as decisao
    inner join divergencias_processadas on decisao.caso = divergencias_processadas.caso
    cross join lateral (
        select max(anteriores.quando) as quando
        from divergencias_eventos as anteriores
        where
            anteriores.caso = decisao.caso
            and anteriores.nr_evento < decisao.nr_evento
            and anteriores.para_estado = 'detectada'
    ) as deteccao
    where
        decisao.modo = 'humano'
        and decisao.acao in ('aprovar', 'rejeitar')
        and decisao.de_estado = 'detectada'
    group by divergencias_processadas.regra
) as esperas on casos.regra = esperas.regra;

comment on view vw_metricas_regras is
'Uma linha por regra: o que detectou, o que se decidiu, quanto acerta e quanto se espera.';
comment on column vw_metricas_regras.regra is 'Regra.';
comment on column vw_metricas_regras.qt_detectada is 'Casos que já encontrou.';
comment on column vw_metricas_regras.qt_aberta is 'Casos que esperam por alguém.';
comment on column vw_metricas_regras.qt_aplicada is 'Casos com correção aplicada agora.';
comment on column vw_metricas_regras.qt_obsoleta is 'Casos que a fonte deixou de ter.';
comment on column vw_metricas_regras.qt_aprovada is 'Evidências que pessoas aprovaram.';
comment on column vw_metricas_regras.qt_rejeitada is 'Evidências que pessoas rejeitaram.';
comment on column vw_metricas_regras.qt_revertida is 'Evidências cuja correção foi revertida.';
comment on column vw_metricas_regras.qt_decidida is 'A soma das três.';
comment on column vw_metricas_regras.pc_precisao is
'Aprovadas em cada cem decididas por pessoas; NULL: nenhuma ainda.';
comment on column vw_metricas_regras.horas_ate_decisao_mediana is
'Mediana das horas entre a detecção e a decisão de uma pessoa.';
