create table sessoes_processamento (
    sessao_id bigint generated always as identity primary key,
    tipo text not null check (
        tipo in ('DAILY_AUTO', 'MANUAL_RUN', 'REPROCESSING')
    ),
    modo text not null check (modo in ('manual', 'auto')),
    estado text not null default 'em_andamento' check (
        estado in ('em_andamento', 'concluida', 'falhou', 'interrompida')
    ),
    quem text not null,
    dt_base date,
    janelas jsonb,
    contagens jsonb,
    erro text,
    iniciada_em timestamptz not null default clock_timestamp(),
    terminada_em timestamptz
);

comment on table sessoes_processamento is
'Uma linha por execução de mirante divergencias processar.';
comment on column sessoes_processamento.sessao_id is 'Número da sessão.';
comment on column sessoes_processamento.tipo is
'DAILY_AUTO (agenda), MANUAL_RUN (pedida por alguém) ou REPROCESSING (com datas dadas).';
comment on column sessoes_processamento.modo is
'manual só detecta; auto também aprova e aplica o que as regras automáticas permitem.';
comment on column sessoes_processamento.estado is
'em_andamento, concluida, falhou ou interrompida (o processo morreu).';
comment on column sessoes_processamento.quem is
'Usuário do sistema operacional e papel do banco.';
comment on column sessoes_processamento.dt_base is
'Dia que valeu por hoje, se foi dado; NULL: o que o dbt achou.';
comment on column sessoes_processamento.janelas is
'Primeiro e último dia olhados, por fonte.';
comment on column sessoes_processamento.contagens is
'Quantos casos foram encontrados, novos, obsoletos, aplicados etc.';
comment on column sessoes_processamento.erro is 'Por que falhou; sem dados pessoais.';
comment on column sessoes_processamento.iniciada_em is 'Início.';
comment on column sessoes_processamento.terminada_em is 'Fim; NULL enquanto anda.';

create table operacoes (
    operacao_id bigint generated always as identity primary key,
    sessao_id bigint references sessoes_processamento,
    tipo text not null check (
        tipo in (
            'carga', 'construcao', 'segmentacao', 'deteccao', 'decisao',
            'exportacao', 'apagamento'
        )
    ),
    alvo text not null,
    estado text not null default 'em_andamento' check (
        estado in ('em_andamento', 'concluida', 'falhou', 'interrompida')
    ),
    quem text not null,
    qt_linhas bigint,
    erro text,
    detalhes jsonb not null default '{}',
    antes jsonb,
    depois jsonb,
    iniciada_em timestamptz not null default clock_timestamp(),
    terminada_em timestamptz,
    check ((estado = 'em_andamento') = (terminada_em is null))
);

-- What every operation that begins looks through: those that never ended.
create index operacoes__em_andamento
on operacoes (operacao_id) where estado = 'em_andamento';
create index operacoes__sessao on operacoes (sessao_id);
create index operacoes__iniciada_em on operacoes (iniciada_em);

comment on table operacoes is
'Uma linha por carga (de arquivo ou endpoint), construção, segmentação, detecção,
decisão, exportação ou apagamento.';
comment on column operacoes.operacao_id is 'Número da operação.';
comment on column operacoes.sessao_id is
'Sessão de que faz parte; NULL fora de mirante divergencias processar.';
comment on column operacoes.tipo is 'O que foi feito.';
comment on column operacoes.alvo is 'Sobre o quê: tabela, endpoint, perfil, caso.';
comment on column operacoes.estado is
'em_andamento, concluida, falhou ou interrompida (o processo morreu; quem vem depois nota).';
comment on column operacoes.quem is 'Usuário do sistema operacional e papel do banco.';
comment on column operacoes.qt_linhas is 'Linhas carregadas, exportadas etc.; NULL onde não há.';
comment on column operacoes.erro is 'Por que falhou; sem dados pessoais nem segredos.';
comment on column operacoes.detalhes is 'O que mais há a dizer: arquivo, sha256, desfecho.';
comment on column operacoes.antes is 'Como estava o que mudou.';
comment on column operacoes.depois is 'Como ficou.';
comment on column operacoes.iniciada_em is 'Início.';
comment on column operacoes.terminada_em is 'Fim; NULL enquanto anda.';

create table configuracoes_sistema (
    chave text primary key,
    valor jsonb not null,
    descricao text not null,
    alterada_em timestamptz not null default clock_timestamp(),
    alterada_por text not null default current_user
);

comment on table configuracoes_sistema is
'Uma linha por configuração; mude o valor com um update.';
comment on column configuracoes_sistema.chave is 'Nome.';
comment on column configuracoes_sistema.valor is 'Valor.';
comment on column configuracoes_sistema.descricao is 'Para que serve.';
comment on column configuracoes_sistema.alterada_em is 'Última mudança.';
comment on column configuracoes_sistema.alterada_por is 'Papel do banco que a fez.';

create function configuracao_mudou() returns trigger
language plpgsql
set search_path from current
as $$
begin
    new.alterada_em := clock_timestamp();
    new.alterada_por := current_user;
    return new;
end
$$;

comment on function configuracao_mudou() is 'Anota quem mudou uma configuração, e quando.';

create trigger configuracao_mudou
before update on configuracoes_sistema
for each row execute function configuracao_mudou();

insert into configuracoes_sistema (chave, valor, descricao) values
(
    'confianca_minima_automatica',
    '0.95',
    'Confiança calibrada a partir da qual o modo auto aprova e aplica.'
),
(
    'campos_corrigiveis',
    '{"controladoria": {
        "bonus_dpto": "numero", "trade_mkt_dpto": "numero", "valor_bonus": "numero",
        "trade": "numero", "bonus_utilizado": "texto"}}',
    'Campos que uma correção pode mudar, por fonte, e o que guardam.'
);

create table chaves_idempotencia (
    chave text not null,
    caso text not null,
    pedido jsonb not null,
    resposta jsonb not null,
    criada_em timestamptz not null default clock_timestamp(),
    primary key (chave, caso)
);

comment on table chaves_idempotencia is
'Uma linha por chave de idempotência e caso: a resposta da primeira vez.';
comment on column chaves_idempotencia.chave is 'Chave que o pedido trouxe.';
comment on column chaves_idempotencia.caso is 'Caso sobre o qual se decidiu.';
comment on column chaves_idempotencia.pedido is 'O que foi pedido; outro pedido não usa a chave.';
comment on column chaves_idempotencia.resposta is 'O que foi respondido.';
comment on column chaves_idempotencia.criada_em is 'Quando.';

create function trava_da_operacao(operacao bigint, out classe integer, out objeto integer)
language sql immutable
set search_path from current
as $$
    select hashtext('mirante operacao ' || current_schema()), (operacao % 2147483647)::integer
$$;

comment on function trava_da_operacao(bigint) is
'A trava que a conexão de uma operação segura enquanto vive.';

create function marcar_interrompidas() returns integer
language plpgsql
set search_path from current
as $$
declare
    marcadas integer;
begin
    -- A lock dies with its connection, however the process ended; unlike the sessions of
    -- others in pg_stat_activity, every role sees it.
    with mortas as (
        select operacoes.operacao_id
        from operacoes
        cross join lateral trava_da_operacao(operacoes.operacao_id) as trava
        where
            operacoes.estado = 'em_andamento'
            and not exists (
                select 1
                from pg_locks
                where
                    pg_locks.locktype = 'advisory'
                    and pg_locks.granted
                    and pg_locks.database = (
                        select oid from pg_database where datname = current_database()
                    )
                    and pg_locks.objsubid = 2
                    and pg_locks.classid::bigint = (trava.classe::bigint & 4294967295)
                    and pg_locks.objid::bigint = trava.objeto
            )
        for update skip locked
    )
    update operacoes
    set
        estado = 'interrompida',
        terminada_em = clock_timestamp(),
        erro = 'o processo acabou antes do fim'
    from mortas
    where operacoes.operacao_id = mortas.operacao_id;
    get diagnostics marcadas = row_count;

    update sessoes_processamento
    set
        estado = 'interrompida',
        terminada_em = clock_timestamp(),
        erro = 'o processo acabou antes do fim'
    where
        estado = 'em_andamento'
        -- One that has just begun has no operation yet.
        and iniciada_em < clock_timestamp() - interval '1 minute'
        and not exists (
            select 1
            from operacoes
            where
                operacoes.sessao_id = sessoes_processamento.sessao_id
                and operacoes.estado = 'em_andamento'
        );
    return marcadas;
end
$$;

comment on function marcar_interrompidas() is
'Marca as operações e sessões cujo processo morreu; devolve quantas operações eram.';

create function registrar_operacao(
    tipo text,
    alvo text,
    quem text,
    detalhes jsonb default '{}',
    sessao bigint default null,
    antes jsonb default null
) returns bigint
language plpgsql
set search_path from current
as $$
declare
    nova bigint;
begin
    insert into operacoes (tipo, alvo, quem, detalhes, sessao_id, antes)
    values (
        registrar_operacao.tipo, registrar_operacao.alvo, registrar_operacao.quem,
        registrar_operacao.detalhes, registrar_operacao.sessao, registrar_operacao.antes
    )
    returning operacao_id into nova;
    -- Before the row can be seen: nobody takes it for a dead one.
    perform pg_advisory_lock(trava.classe, trava.objeto)
    from trava_da_operacao(nova) as trava;
    return nova;
end
$$;

comment on function registrar_operacao(text, text, text, jsonb, bigint, jsonb) is
'Registra uma operação que começa e devolve seu número. Ela vale por viva enquanto esta
conexão vive.';

create function finalizar_operacao(
    operacao bigint,
    estado text,
    linhas bigint default null,
    erro text default null,
    detalhes jsonb default '{}',
    antes jsonb default null,
    depois jsonb default null
) returns void
language plpgsql
set search_path from current
as $$
begin
    update operacoes
    set
        estado = finalizar_operacao.estado,
        terminada_em = clock_timestamp(),
        qt_linhas = finalizar_operacao.linhas,
        erro = finalizar_operacao.erro,
        detalhes = operacoes.detalhes || finalizar_operacao.detalhes,
        antes = coalesce(finalizar_operacao.antes, operacoes.antes),
        depois = finalizar_operacao.depois
    where
        operacao_id = finalizar_operacao.operacao
        -- A connection that was cut may have had it taken for a dead one.
        and operacoes.estado in ('em_andamento', 'interrompida');
    if not found then
        raise exception 'a operação % não está em andamento', operacao;
    end if;
    perform pg_advisory_unlock(trava.classe, trava.objeto)
    from trava_da_operacao(operacao) as trava
    where
        exists (
            select 1
            from pg_locks
            where
                pg_locks.locktype = 'advisory'
                and pg_locks.pid = pg_backend_pid()
                and pg_locks.objsubid = 2
                and pg_locks.classid::bigint = (trava.classe::bigint & 4294967295)
                and pg_locks.objid::bigint = trava.objeto
        );
end
$$;

comment on function finalizar_operacao(bigint, text, bigint, text, jsonb, jsonb, jsonb) is
'Diz como uma operação terminou: concluida, falhou ou interrompida.';

create view vw_operacoes_resumo as
select
    (operacoes.iniciada_em at time zone 'America/Sao_Paulo')::date as dia,
    operacoes.tipo,
    count(*) as qt_operacao,
    count(*) filter (where operacoes.estado = 'concluida') as qt_concluida,
    count(*) filter (where operacoes.estado = 'falhou') as qt_falhou,
    count(*) filter (where operacoes.estado = 'interrompida') as qt_interrompida,
    count(*) filter (where operacoes.estado = 'em_andamento') as qt_em_andamento,
    coalesce(sum(operacoes.qt_linhas), 0)::bigint as qt_linhas,
    percentile_cont(0.5) within group (
        order by extract(epoch from operacoes.terminada_em - operacoes.iniciada_em)
    ) as segundos_mediana,
    max(operacoes.iniciada_em) as ultima_em
from operacoes
group by dia, operacoes.tipo;

comment on view vw_operacoes_resumo is
'Uma linha por dia (America/Sao_Paulo) e tipo de operação.';
comment on column vw_operacoes_resumo.dia is 'Dia do início.';
comment on column vw_operacoes_resumo.tipo is 'Tipo da operação.';
comment on column vw_operacoes_resumo.qt_operacao is 'Quantas.';
comment on column vw_operacoes_resumo.qt_concluida is 'Quantas terminaram bem.';
comment on column vw_operacoes_resumo.qt_falhou is 'Quantas falharam.';
comment on column vw_operacoes_resumo.qt_interrompida is 'Quantas morreram no meio.';
comment on column vw_operacoes_resumo.qt_em_andamento is 'Quantas ainda andam.';
comment on column vw_operacoes_resumo.qt_linhas is 'Linhas de todas.';
comment on column vw_operacoes_resumo.segundos_mediana is 'Duração mediana, em segundos.';
comment on column vw_operacoes_resumo.ultima_em is 'Início da última.';
