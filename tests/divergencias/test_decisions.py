"""What people may decide, in which state, and what that leaves behind."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from loaders.divergencias.decide import Request, decide
from loaders.divergencias.states import Action, State
from loaders.errors import MiranteError
from loaders.server import Server
from tests.divergencias.conftest import World

DECIDER = """
import json, sys
from loaders.divergencias.decide import Request, decide
from loaders.divergencias.states import Action
from loaders.postgres import resolve_server
server = resolve_server()
print("ready", flush=True)
sys.stdin.readline()
(answer,) = decide(server, Request(Action(sys.argv[1]), reason="corrida"), [sys.argv[2]])
print(json.dumps(answer.as_dict()))
"""


def test_approving_applies_the_suggestion_in_two_events(world: World):
    caso = world.find("N1")
    world.process()
    (answer,) = world.approve(caso)
    assert (answer.ok, answer.estado) == (True, "aplicada")
    assert world.history(caso) == ["detectada", "aprovada", "aplicada"]
    assert world.corrections() == [("N1", "bonus_dpto", "10.00", "12.00")]
    assert (
        world.rows(
            "select quem, modo from audit.divergencias_eventos where acao in ('aprovar', 'aplicar')"
        )
        == [(world.quem, "humano")] * 2
    )
    assert world.rows(
        "select estado, antes ->> 'estado', depois ->> 'estado', depois ->> 'valor_anterior',"
        " depois ->> 'valor_novo' from audit.operacoes where tipo = 'decisao'"
    ) == [("concluida", "detectada", "aplicada", "10.00", "12.00")]


def test_without_suggestion_it_stays_approved_until_a_value_is_given(world: World):
    caso = world.find("N1", sugerido=None)
    world.process()
    assert world.approve(caso)[0].estado == "aprovada"
    refused = world.approve(caso)[0]
    assert not refused.ok
    assert "--valor" in refused.mensagem
    assert world.approve(caso, value="1.234,50")[0].estado == "aplicada"
    assert world.history(caso) == ["detectada", "aprovada", "aplicada"]
    assert world.corrections() == [("N1", "bonus_dpto", "10.00", "1234.50")]


@pytest.mark.parametrize("value", ["muito", "1.234", "", "NaN", "1e5", "12345678901234", "1.005"])
def test_a_value_that_the_field_can_not_hold_changes_nothing(world: World, value: str):
    caso = world.find("N1")
    world.process()
    assert not world.approve(caso, value=value)[0].ok
    assert world.history(caso) == ["detectada"]


def test_a_field_that_is_not_on_the_list_is_not_corrected(world: World):
    caso = world.find("N1", campo="idnfsexterno", sugerido="N2")
    world.process()
    refused = world.approve(caso, value="N2")[0]
    assert "não está entre os que podem ser corrigidos" in refused.mensagem
    assert world.approve(caso)[0].estado == "aprovada"
    assert world.corrections() == []
    with (
        world.server.connect() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="não está entre"),
    ):
        connection.execute(
            "insert into audit.correcoes (caso, evidencia, regra, fonte, chave, campo, valor_novo,"
            " corrigido_por) select caso, evidencia, regra, fonte, chave, campo, 'x', 'eu'"
            " from audit.divergencias_processadas"
        )


def test_a_source_that_changed_makes_it_obsolete_instead(world: World):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.say("N1", "bonus_dpto", "10.50")
    (answer,) = world.approve(caso)
    assert (answer.ok, answer.estado) == (False, "obsoleta")
    assert world.history(caso) == ["detectada", "aprovada", "obsoleta"]
    assert world.corrections() == []


def test_what_can_not_be_applied_fails_with_its_reason_and_can_be_tried_again(world: World):
    caso = world.find("N1")
    world.process()
    with world.server.connect() as connection:
        connection.execute("alter table divergencias.controladoria rename to fora")
    (answer,) = world.approve(caso)
    assert (answer.ok, answer.estado) == (False, "falha")
    ((reason,),) = world.rows("select motivo from audit.divergencias_eventos where acao = 'falhar'")
    assert "mirante build" in reason
    with world.server.connect() as connection:
        connection.execute("alter table divergencias.fora rename to controladoria")
    assert world.approve(caso)[0].estado == "aplicada"
    assert world.history(caso) == ["detectada", "aprovada", "falha", "aprovada", "aplicada"]


def test_reverting_gives_the_source_back_and_a_second_time_does_nothing(world: World):
    caso = world.find("N1")
    world.process()
    world.approve(caso)
    assert world.revert(caso)[0].estado == "revertida"
    assert world.corrections() == []
    events = world.history(caso)
    (again,) = world.revert(caso)
    assert again.ok
    assert world.history(caso) == events
    assert world.rows("select count(*) from audit.correcoes") == [(1,)]


def test_undo_is_last_in_first_out(world: World):
    first = world.find("N1", regra="TRADE_MARKETING")
    second = world.find("N1", regra="VALIDACAO_VALORES", sugerido=None)
    world.process()
    world.approve(first)
    world.approve(second, value="13")
    standing = [("N1", "bonus_dpto", "10.00", value) for value in ("12.00", "13.00")]
    assert world.corrections() == standing
    (refused,) = world.revert(first)
    assert not refused.ok
    assert second in refused.mensagem
    with (
        world.server.connect() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="posterior"),
    ):
        connection.execute(
            "insert into audit.divergencias_eventos (caso, nr_evento, acao, de_estado,"
            " para_estado, evidencia, quem, modo, correcao_id)"
            " select caso, 4, 'reverter', 'aplicada', 'revertida', evidencia, 'eu', 'humano',"
            " correcao_id from audit.correcoes where caso = %s",
            [first],
        )
    assert world.revert(second)[0].ok
    assert world.corrections() == [("N1", "bonus_dpto", "10.00", "12.00")]
    assert world.revert(first)[0].ok
    assert world.corrections() == []


def test_rejecting_and_reopening_need_a_reason(world: World):
    caso = world.find("N1")
    world.process()
    for reason in (None, "  "):
        (refused,) = world.decide(Action.REJEITAR, caso, reason=reason)
        assert not refused.ok
        assert "motivo" in refused.mensagem
    assert world.reject(caso)[0].estado == "rejeitada"
    assert not world.decide(Action.REABRIR, caso)[0].ok
    assert world.reopen(caso)[0].estado == "detectada"
    assert world.history(caso) == ["detectada", "rejeitada", "detectada"]


def test_transitions_are_those_of_the_definition(world: World):
    pairs = world.rows("select distinct de_estado, para_estado from audit.transicoes_divergencia")
    people = world.rows(
        "select acao, de_estado from audit.transicoes_divergencia where 'humano' = any(modos)"
    )
    assert set(pairs) == {
        (None, "detectada"),
        ("detectada", "aprovada"), ("detectada", "rejeitada"), ("detectada", "obsoleta"),
        ("aprovada", "aplicada"), ("aprovada", "falha"), ("aprovada", "obsoleta"),
        ("falha", "aprovada"), ("aplicada", "revertida"),
        ("obsoleta", "detectada"), ("rejeitada", "detectada"), ("aplicada", "detectada"),
        ("revertida", "detectada"), ("falha", "obsoleta"), ("obsoleta", "rejeitada"),
        ("rejeitada", "rejeitada"), ("aplicada", "rejeitada"), ("revertida", "rejeitada"),
    }  # fmt: skip
    assert set(people) == {
        ("aprovar", "detectada"), ("aprovar", "falha"), ("aplicar", "aprovada"),
        ("falhar", "aprovada"), ("rejeitar", "detectada"), ("reverter", "aplicada"),
        ("reabrir", "rejeitada"),
    }  # fmt: skip


def bring(world: World, state: State) -> str:
    """Bring a case into a state."""
    caso = world.find("N1", sugerido=None if state is State.APROVADA else "12.00")
    world.process()
    if state is State.REJEITADA:
        world.reject(caso)
    elif state is State.OBSOLETA:
        world.say("N1", "bonus_dpto", "11.00")
        world.approve(caso)
    elif state is State.FALHA:
        with world.server.connect() as connection:
            connection.execute("drop table divergencias.controladoria")
        world.approve(caso)
    elif state is not State.DETECTADA:
        world.approve(caso)
        if state is State.REVERTIDA:
            world.revert(caso)
    assert world.state(caso) == state
    return caso


ALLOWED = {
    State.DETECTADA: {Action.APROVAR, Action.REJEITAR},
    State.APROVADA: set(),
    State.REJEITADA: {Action.REABRIR},
    State.APLICADA: {Action.REVERTER},
    State.FALHA: {Action.APROVAR},
    State.REVERTIDA: set(),
    State.OBSOLETA: set(),
}


@pytest.mark.parametrize("state", list(State))
def test_what_a_state_does_not_allow_is_refused_and_says_how_it_is(world: World, state: State):
    caso = bring(world, state)
    before = world.history(caso)
    for action in (Action.APROVAR, Action.REJEITAR, Action.REVERTER, Action.REABRIR):
        if action in ALLOWED[state] or (action, state) == (Action.REVERTER, State.REVERTIDA):
            continue
        (answer,) = world.decide(action, caso, reason="tentativa")
        assert not answer.ok, action
        assert answer.estado == state
        assert f"está {state}" in answer.mensagem
    assert world.history(caso) == before


@pytest.mark.parametrize("state", list(State))
def test_psql_can_not_do_what_the_command_can_not(world: World, state: State):
    """Every pair of states that no transition has, and every event out of turn."""
    caso = bring(world, state)
    number = len(world.history(caso))
    allowed = set(
        world.rows(
            "select acao, para_estado, modo from audit.transicoes_divergencia,"
            " unnest(modos) as modo where de_estado = %s", state.value
        )
    )  # fmt: skip
    insert = (
        "insert into audit.divergencias_eventos (caso, nr_evento, acao, de_estado, para_estado,"
        " evidencia, quem, modo, motivo) values (%s, %s, %s, %s, %s, 'e', 'eu', %s, 'teste')"
    )
    with world.server.connect() as connection:
        for action in Action:
            if action in (Action.APLICAR, Action.REVERTER):  # they need their correction
                continue
            for target in State:
                for mode in ("humano", "automatico"):
                    values = [caso, number + 1, action, state, target, mode]
                    if (action, target, mode) in allowed:
                        with pytest.raises(psycopg.errors.UniqueViolation):
                            connection.execute(insert, [caso, number, *values[2:]])
                        with pytest.raises(psycopg.errors.CheckViolation):
                            connection.execute(insert, [caso, number + 2, *values[2:]])
                        continue
                    with pytest.raises(psycopg.errors.CheckViolation):
                        connection.execute(insert, values)


@pytest.mark.parametrize("table", ["divergencias_eventos", "correcoes"])
@pytest.mark.parametrize(
    "statement",
    ["update audit.{} set motivo = 'x'", "delete from audit.{}", "truncate audit.{} cascade"],
)
def test_what_was_written_down_can_not_be_changed(world: World, table: str, statement: str):
    caso = world.find("N1")
    world.process()
    world.approve(caso)
    with (
        world.server.connect() as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="só cresce"),
    ):
        connection.execute(statement.format(table))


def test_one_bad_item_of_a_batch_fails_alone(world: World):
    good, rejected, other = (world.find(f"N{number}") for number in range(3))
    unknown = "f" * 32
    world.process()
    world.reject(rejected)
    answers = world.approve(good, rejected, unknown, other, good)
    assert [(each.caso, each.ok) for each in answers] == [
        (good, True), (rejected, False), (unknown, False), (other, True),
    ]  # fmt: skip
    assert "não conheço o caso" in answers[2].mensagem
    assert world.state(other) == "aplicada"


def test_a_repeated_key_gets_the_first_answers_and_moves_nothing(world: World):
    caso, bad = world.find("N1"), world.find("N2")
    world.process()
    world.reject(bad)
    first = world.approve(caso, bad, key="k1")
    events = world.rows("select count(*) from audit.divergencias_eventos")
    world.revert(caso)
    assert world.approve(bad, caso, key="k1") == first[::-1]
    assert world.state(caso) == "revertida"
    assert world.rows("select count(*) - 1 from audit.divergencias_eventos") == events
    for other in (
        Request(Action.REJEITAR, reason="x", key="k1"),
        Request(Action.APROVAR, value="1", key="k1"),
    ):
        with pytest.raises(MiranteError, match="outro pedido"):
            decide(world.server, other, [caso, bad])


def test_what_is_no_id_is_refused_and_never_written_down(world: World):
    caso = world.find("N1")
    world.process()
    wrong, good = world.approve("529.982.247-25", caso, key="k1")
    assert not wrong.ok
    assert "32 algarismos" in wrong.mensagem
    assert good.ok
    assert world.rows("select alvo from audit.operacoes where tipo = 'decisao'") == [(caso,)]
    assert world.rows("select pedido -> 'casos' from audit.chaves_idempotencia") == [([caso],)]


@pytest.mark.parametrize("document", ["529.982.247-25", "52998224725", "11.222.333/0001-81"])
def test_a_reason_with_somebodys_document_is_refused(world: World, document: str):
    caso = world.find("N1")
    world.process()
    with pytest.raises(MiranteError, match="CPF ou CNPJ") as refused:
        world.reject(caso, motivo=f"o cliente {document}, confirmado")
    assert document not in str(refused.value)
    assert world.history(caso) == ["detectada"]
    assert world.rows("select count(*) from audit.operacoes where tipo = 'decisao'") == [(0,)]
    assert world.reject(caso, motivo="nota 191 de 2026-10-01, pedido 52998224724")[0].ok


def test_who_may_not_read_the_source_is_told_and_the_case_stays(world: World):
    caso = world.find("N1")
    world.process()
    with world.server.connect() as connection:
        connection.execute("revoke select on divergencias.controladoria from current_user")
    (refused,) = world.approve(caso)
    assert not refused.ok
    assert "mirante_transformer" in refused.mensagem
    assert world.history(caso) == ["detectada"]


def test_a_temporary_table_does_not_let_an_illegal_event_through(world: World):
    caso = world.find("N1")
    world.process()
    world.reject(caso)
    with world.server.connect() as connection:
        connection.execute(
            "create temporary table transicoes_divergencia as"
            " select 'aprovar' as acao, 'rejeitada' as de_estado, 'aprovada' as para_estado,"
            " array['humano'] as modos, false as exige_motivo"
        )
        with pytest.raises(psycopg.errors.CheckViolation, match="não é permitido"):
            connection.execute(
                "insert into audit.divergencias_eventos (caso, nr_evento, acao, de_estado,"
                " para_estado, evidencia, quem, modo)"
                " values (%s, 3, 'aprovar', 'rejeitada', 'aprovada', 'e', 'eu', 'humano')",
                [caso],
            )


CORRECT = (
    "insert into audit.correcoes (caso, evidencia, regra, fonte, chave, campo, competencia,"
    " valor_novo, corrigido_por) select caso, evidencia, {regra}, fonte, {chave}, {campo},"
    " {competencia}, '1.00', 'eu' from audit.divergencias_processadas"
)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("regra", "'OUTRA'"),
        ("chave", "'N2'"),
        ("campo", "'trade'"),
        ("competencia", "'2026-09-01'"),
        ("competencia", "null"),
    ],
)
def test_a_correction_is_of_its_case(world: World, column: str, value: str):
    world.find("N1")
    world.process()
    columns = {name: name for name in ("regra", "chave", "campo", "competencia")}
    with world.server.connect() as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="não é da linha"):
            connection.execute(CORRECT.format(**(columns | {column: value})))
        connection.execute(CORRECT.format(**columns))


def test_without_the_list_of_fields_nothing_is_corrected(world: World):
    world.find("N1")
    world.process()
    columns = {name: name for name in ("regra", "chave", "campo", "competencia")}
    with world.server.connect() as connection:
        connection.execute(
            "delete from audit.configuracoes_sistema where chave = 'campos_corrigiveis'"
        )
        with pytest.raises(psycopg.errors.CheckViolation, match="não está entre"):
            connection.execute(CORRECT.format(**columns))


def race(*commands: tuple[str, str]) -> list[dict[str, object]]:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", DECIDER, *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ},
        )
        for command in commands
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    return [json.loads(racer.communicate(timeout=60)[0]) for racer in racers]


@pytest.mark.parametrize("other", ["aprovar", "rejeitar"])
def test_of_two_processes_that_decide_at_once_one_wins_and_the_other_is_told(
    world: World, other: str
):
    caso = world.find("N1")
    world.process()
    answers = race(("aprovar", caso), (other, caso))
    assert sorted(bool(answer["ok"]) for answer in answers) == [False, True]
    loser = next(answer for answer in answers if not answer["ok"])
    assert f"está {world.state(caso)}" in str(loser["mensagem"])
    assert len(world.history(caso)) == (3 if world.state(caso) == "aplicada" else 2)


def test_who_decides_upon_what_somebody_else_just_wrote_is_told(world: World):
    """A transaction of psql holds the number of the next event."""
    caso = world.find("N1")
    world.process()
    with world.server.connect(autocommit=False) as other:
        other.execute(
            "insert into audit.divergencias_eventos (caso, nr_evento, acao, de_estado,"
            " para_estado, evidencia, quem, modo, motivo)"
            " values (%s, 2, 'rejeitar', 'detectada', 'rejeitada', 'e', 'psql', 'humano', 'x')",
            [caso],
        )
        racer = subprocess.Popen(
            [sys.executable, "-c", DECIDER, "aprovar", caso],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ},
        )  # fmt: skip
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
        wait = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            " and datname = current_database()"
        )
        for _ in range(400):
            if world.rows(wait) == [(1,)]:
                break
            time.sleep(0.05)
        other.commit()
    said = racer.communicate(timeout=60)[0]
    assert '"ok": false' in said
    assert world.history(caso) == ["detectada", "rejeitada"]


def confidence(world: World) -> str:
    ((value,),) = world.rows(
        "select distinct confianca::text from audit.vw_divergencias where regra = 'TRADE_MARKETING'"
    )
    return str(value)


def test_people_calibrate_the_confidence_of_a_rule(world: World):
    cases = [world.find(f"N{number}") for number in range(12)]
    world.process()
    assert confidence(world) == "0.9500"
    world.reject(cases[0])
    # 19 / 21
    assert confidence(world) == "0.9048"
    world.approve(*cases[1:6])
    world.reject(*cases[6:10])
    # (20 * 0.95 + 5) / (20 + 5 + 5)
    assert confidence(world) == "0.8000"
    assert world.rows("select * from audit.vw_regras_decisoes") == [("TRADE_MARKETING", 5, 5, 0)]
    world.revert(cases[1])
    assert world.rows("select * from audit.vw_regras_decisoes") == [("TRADE_MARKETING", 4, 5, 1)]
    assert confidence(world) == "0.7667"


def test_rules_may_decide_alone_only_what_is_sure(world: World):
    sure = world.find("N1")
    cases = {
        "não automática": world.find("N2", automatica=False),
        "pouco segura": world.find("N3", base=0.94, regra="OUTRA"),
        "sem sugestão": world.find("N4", sugerido=None),
        "campo fora da lista": world.find("N5", campo="idnfsexterno"),
    }
    changed = world.find("N6")
    world.say("N6", "bonus_dpto", "99.00")
    processed = world.process(auto=True)
    assert world.history(sure) == ["detectada", "aprovada", "aplicada"]
    assert {name: world.state(caso) for name, caso in cases.items()} == dict.fromkeys(
        cases, "detectada"
    )
    assert world.history(changed) == ["detectada", "aprovada", "obsoleta"]
    counts = processed.counts()
    assert (counts["aprovadas"], counts["aplicadas"], counts["obsoletas"]) == (2, 1, 1)
    assert world.rows(
        "select distinct modo, sessao_id is not null from audit.divergencias_eventos"
    ) == [("automatico", True)]
    # What rules did says nothing about how good they are.
    assert ("TRADE_MARKETING", 0, 0, 0) in world.rows("select * from audit.vw_regras_decisoes")
    world.revert(sure)
    assert ("TRADE_MARKETING", 0, 0, 1) in world.rows("select * from audit.vw_regras_decisoes")


def test_manual_decides_nothing_alone(world: World):
    caso = world.find("N1")
    world.process()
    assert world.state(caso) == "detectada"


def test_an_automatic_case_that_fails_does_not_hold_back_the_others(world: World):
    good, bad = world.find("N1"), world.find("N2")
    with world.server.connect() as connection:
        connection.execute(
            "create function audit.recusa() returns trigger language plpgsql as $$ begin"
            " if new.chave = 'N2' then raise exception 'disco cheio'; end if; return new; end $$"
        )
        connection.execute(
            "create trigger recusa before insert on audit.correcoes"
            " for each row execute function audit.recusa()"
        )
    counts = world.process(auto=True).counts()
    assert (counts["aprovadas"], counts["aplicadas"], counts["falhas"]) == (2, 1, 1)
    assert (world.state(good), world.state(bad)) == ("aplicada", "falha")
    assert world.rows("select motivo from audit.divergencias_eventos where acao = 'falhar'") == [
        ("disco cheio",)
    ]


def test_an_automatic_case_that_can_not_even_be_moved_does_not_hold_back_the_others(world: World):
    bad, good = sorted((world.find("N1"), world.find("N2")))
    with world.server.connect() as connection:
        connection.execute(
            "create function audit.recusa() returns trigger language plpgsql as $$ begin"
            f" if new.caso = '{bad}' and new.acao <> 'detectar'"
            " then raise exception 'disco cheio'; end if; return new; end $$"
        )
        connection.execute(
            "create trigger recusa before insert on audit.divergencias_eventos"
            " for each row execute function audit.recusa()"
        )
    counts = world.process(auto=True).counts()
    assert (counts["aprovadas"], counts["aplicadas"], counts["falhas"]) == (1, 1, 1)
    assert (world.history(bad), world.state(good)) == (["detectada"], "aplicada")


def test_the_register_and_the_models_weigh_the_base_alike():
    """The views of both are asked in SQL of their own, so the number stands twice."""
    root = Path(__file__).parents[2]
    models = (root / "macros/divergencias/live_divergences.sql").read_text(encoding="utf-8")
    register = (root / "loaders/audit/migrations/versions/r0002_divergencias_up.sql").read_text(
        encoding="utf-8"
    )
    (weight,) = re.findall(r"macro weight_of_the_base\(\) -%\} (\d+) ", models)
    assert re.findall(
        r"\((\d+) \* divergencias_processadas.confianca_base.*?/ \(\s*(\d+)\s*\+", register, re.S
    ) == [(weight, weight)]


def test_metrics_tell_how_good_and_how_fast(world: World):
    cases = [world.find(f"N{number}") for number in range(5)]
    world.process()
    world.approve(*cases[:2])
    world.reject(cases[2])
    world.revert(cases[1])
    rows = world.rows(
        "select regra, qt_detectada, qt_aberta, qt_aplicada, qt_aprovada, qt_rejeitada,"
        " qt_revertida, qt_decidida, pc_precisao::text, horas_ate_decisao_mediana >= 0"
        " from audit.vw_metricas_regras"
    )
    assert rows == [("TRADE_MARKETING", 5, 2, 1, 1, 1, 1, 3, "33.33", True)]


def test_where_audit_is_somebody_elses_nothing_can_be_decided_and_it_says_why(
    user_server: Server, embedded_server: Server
):
    with replace(embedded_server, dbname=user_server.dbname).connect() as connection:
        connection.execute("create schema audit")
        connection.execute("create table audit.alembic_version (version_num text)")
    with pytest.raises(MiranteError, match=r"não pode usá-lo.*permission denied"):
        decide(user_server, Request(Action.APROVAR), ["x"])
