"""What a detection makes of what was found: once more, otherwise, not any more."""

from datetime import date, timedelta

import psycopg
import pytest

from loaders.building import ready_to_build
from loaders.divergencias import processing
from loaders.divergencias.processing import process
from loaders.divergencias.record import Window
from loaders.errors import MiranteError
from loaders.server import Server
from tests.divergencias.conftest import TODAY, World

DAY = timedelta(days=1)


def test_new_cases_are_detected_with_what_they_are(world: World):
    caso = world.find("N1")
    processed = world.process()
    assert world.rows(
        "select caso, regra, chave, campo, competencia, valor_atual, valor_sugerido,"
        " confianca::text, estado, fonte from audit.vw_divergencias_abertas"
    ) == [
        (
            caso, "TRADE_MARKETING", "N1", "bonus_dpto", "2026-10-01", "10.00", "12.00",
            "0.9500", "detectada", "controladoria",
        )
    ]  # fmt: skip
    assert processed.counts() == {
        "encontradas": 1, "novas": 1, "redetectadas": 0, "silenciadas": 0, "obsoletas": 0,
        "nao_registradas": 0, "aprovadas": 0, "aplicadas": 0, "falhas": 0,
    }  # fmt: skip


def test_a_second_detection_moves_nothing_but_when_it_was_seen_last(world: World):
    for number in range(5):
        world.find(f"N{number}")
    world.process()
    events = world.rows("select * from audit.divergencias_eventos order by evento_id")
    before = world.rows(
        "select caso, primeira_deteccao, ultima_deteccao from audit.vw_divergencias_estado"
        " order by caso"
    )
    again = world.process()
    assert again.counts()["encontradas"] == 5
    assert again.counts()["novas"] == again.counts()["redetectadas"] == 0
    assert world.rows("select * from audit.divergencias_eventos order by evento_id") == events
    after = world.rows(
        "select caso, primeira_deteccao, ultima_deteccao from audit.vw_divergencias_estado"
        " order by caso"
    )
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert all(new[2] > old[2] for new, old in zip(after, before, strict=True))


def test_the_default_window_is_each_fontes_last_day_and_what_has_no_day(world: World):
    days = {
        "hoje": TODAY, "ontem": TODAY - DAY, "anteontem": TODAY - 2 * DAY, "sem": None,
    }  # fmt: skip
    cases = {name: world.find(name, dia=day) for name, day in days.items()}
    cases["outra"] = world.find(
        "outra", dia=TODAY - 100 * DAY, fonte="cartoes", regra="FATURA", campo="trade"
    )
    processed = world.process()
    assert {name for name, caso in cases.items() if world.state(caso)} == {
        "hoje", "ontem", "sem", "outra",
    }  # fmt: skip
    assert processed.recorded.janelas == {
        "controladoria": Window(TODAY - DAY, TODAY),
        "cartoes": Window(TODAY - 101 * DAY, TODAY - 100 * DAY),
    }
    world.process(window=Window(TODAY - 2 * DAY, TODAY - 2 * DAY))
    assert world.state(cases["anteontem"]) == "detectada"
    sessions = world.rows(
        "select tipo, modo, estado, contagens ->> 'novas', terminada_em is not null"
        " from audit.sessoes_processamento order by sessao_id"
    )
    assert sessions == [
        ("MANUAL_RUN", "manual", "concluida", "4", True),
        ("REPROCESSING", "manual", "concluida", "1", True),
    ]


def test_an_open_case_that_is_gone_is_obsolete_whatever_the_window(world: World):
    gone, approved = world.find("N1", dia=TODAY - 50 * DAY), world.find("N2", sugerido=None)
    kept = world.find("N3", dia=TODAY - 50 * DAY)
    world.process(window=Window(None, None))
    world.approve(approved)
    world.forget(gone)
    world.forget(approved)
    processed = world.process(window=Window(date(2020, 1, 1), date(2020, 1, 2)))
    assert processed.counts()["obsoletas"] == 2
    assert (world.state(gone), world.state(approved)) == ("obsoleta", "obsoleta")
    assert world.state(kept) == "detectada"


def test_an_obsolete_case_comes_back_with_the_same_evidence(world: World):
    caso = world.find("N1")
    world.process()
    world.forget(caso)
    world.process()
    world.find("N1")
    assert world.process().counts()["redetectadas"] == 1
    assert world.history(caso) == ["detectada", "obsoleta", "detectada"]


def test_another_evidence_makes_an_open_case_obsolete_and_a_new_question(world: World):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.find("N1", atual="11.00")
    counts = world.process().counts()
    assert (counts["obsoletas"], counts["redetectadas"]) == (1, 1)
    assert world.history(caso) == ["detectada", "obsoleta", "detectada"]
    assert world.rows("select valor_atual from audit.vw_divergencias_abertas") == [("11.00",)]


def test_an_open_case_is_followed_out_of_the_window_too(world: World):
    caso = world.find("N1", atual="10.00", dia=TODAY - 50 * DAY)
    world.process(window=Window(None, None))
    world.find("N1", atual="11.00", dia=TODAY - 50 * DAY)
    world.find("N2")
    world.process()
    assert world.history(caso) == ["detectada", "obsoleta", "detectada"]


def test_a_rejected_evidence_stays_silent_until_it_changes(world: World):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.reject(caso)
    assert world.process().counts()["silenciadas"] == 1
    assert world.state(caso) == "rejeitada"
    world.find("N1", atual="11.00")
    world.process()
    assert world.state(caso) == "detectada"
    # A again: it was rejected, and nobody said otherwise.
    world.find("N1", atual="10.00")
    assert world.process().counts()["silenciadas"] == 1
    assert world.process().counts()["silenciadas"] == 1
    assert world.history(caso) == [
        "detectada", "rejeitada", "detectada", "obsoleta", "rejeitada",
    ]  # fmt: skip
    assert world.rows("select valor_atual from audit.divergencias_processadas") == [("10.00",)]
    # Silent, and not lost: who changes their mind has a way back.
    assert world.reopen(caso)[0].ok
    assert world.approve(caso)[0].estado == "aplicada"


@pytest.mark.parametrize("undone", [False, True])
def test_a_rejected_evidence_that_comes_back_ends_what_was_applied_meanwhile(
    world: World, undone: bool
):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.reject(caso)
    world.find("N1", atual="11.00")
    world.process()
    world.approve(caso)
    if undone:
        world.revert(caso)
    world.find("N1", atual="10.00")
    world.process()
    assert world.state(caso) == "rejeitada"
    assert world.corrections() == []
    assert world.rows("select decidido_por from audit.vw_divergencias_estado") == [(world.quem,)]


def test_a_rejected_case_that_changes_to_another_rejected_evidence_can_be_reopened(world: World):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.reject(caso)
    world.find("N1", atual="11.00")
    world.process()
    world.reject(caso)
    world.find("N1", atual="10.00")
    world.process()
    world.reopen(caso)
    assert world.rows("select valor_atual from audit.vw_divergencias_abertas") == [("10.00",)]


def test_an_applied_evidence_that_comes_back_after_another_is_asked_anew(world: World):
    caso = world.find("N1", atual="10.00")
    world.process()
    world.approve(caso)
    world.find("N1", atual="11.00")
    world.process()
    assert world.corrections() == []
    world.find("N1", atual="10.00")
    world.process()
    assert world.state(caso) == "detectada"
    assert world.corrections() == []
    world.approve(caso)
    assert world.corrections() == [("N1", "bonus_dpto", "10.00", "12.00")]
    # Nobody takes back the one that stands no more instead.
    with (
        world.server.connect() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="não se pode reverter"),
    ):
        connection.execute(
            "insert into audit.divergencias_eventos (caso, nr_evento, acao, de_estado,"
            " para_estado, evidencia, quem, modo, correcao_id)"
            " select caso, (select max(nr_evento) + 1 from audit.divergencias_eventos),"
            " 'reverter', 'aplicada', 'revertida', evidencia, 'eu', 'humano', min(correcao_id)"
            " from audit.correcoes group by caso, evidencia"
        )
    assert world.revert(caso)[0].ok
    assert world.corrections() == []


def test_a_reopened_evidence_is_not_silent_any_more(world: World):
    caso = world.find("N1")
    world.process()
    world.reject(caso)
    world.reopen(caso)
    world.forget(caso)
    world.process()
    world.find("N1")
    world.process()
    assert world.history(caso)[-2:] == ["obsoleta", "detectada"]


@pytest.mark.parametrize("undone", [False, True])
def test_an_applied_case_is_seen_and_not_asked_again_until_the_source_changes(
    world: World, undone: bool
):
    caso = world.find("N1")
    world.process()
    world.approve(caso)
    if undone:
        world.revert(caso)
    state = world.state(caso)
    assert world.process().counts()["redetectadas"] == 0
    assert world.state(caso) == state
    world.find("N1", atual="11.00")
    world.process()
    assert world.state(caso) == "detectada"


def test_a_failed_case_is_asked_again_with_another_evidence_only(world: World):
    caso = world.find("N1", sugerido="muito")
    world.process()
    with world.server.connect() as connection:
        connection.execute("drop table divergencias.controladoria")
    assert not world.approve(caso)[0].ok
    world.process()
    # The same once more: it still waits for somebody to try again.
    assert world.history(caso) == ["detectada", "aprovada", "falha"]
    with world.server.connect() as connection:
        connection.execute(
            "update divergencias.fct_divergencias set evidencia = 'outra', valor_atual = '1.00'"
        )
    world.process()
    assert world.history(caso)[3:] == ["obsoleta", "detectada"]


def test_a_failed_case_that_is_gone_is_obsolete(world: World):
    caso = world.find("N1")
    world.process()
    with world.server.connect() as connection:
        connection.execute("drop table divergencias.controladoria")
    world.approve(caso)
    world.forget(caso)
    assert world.process().counts()["obsoletas"] == 1
    assert world.history(caso)[2:] == ["falha", "obsoleta"]


def test_a_case_that_waits_grows_surer_in_the_register_whatever_the_window(world: World):
    old = {"regra": "PENDENTE_VERIFICACAO", "dia": TODAY - 30 * DAY, "automatica": False}
    caso = world.find("N1", base=0.50, **old)  # type: ignore[arg-type]
    first = world.process(window=Window(None, None))
    world.find("N1", base=0.80, **old)  # type: ignore[arg-type]
    world.find("N2")
    world.process()
    assert world.rows(
        "select confianca_base::text, sessao_id, ultima_deteccao > primeira_deteccao"
        " from audit.divergencias_processadas where caso = %s",
        caso,
    ) == [("0.8000", first.sessao, True)]
    assert world.history(caso) == ["detectada"]


def test_what_was_decided_and_changed_out_of_the_window_keeps_what_it_was_decided_upon(
    world: World,
):
    caso = world.find("N1", atual="10.00", dia=TODAY - 30 * DAY)
    world.process(window=Window(None, None))
    world.approve(caso)
    world.find("N1", atual="11.00", dia=TODAY - 30 * DAY)
    world.find("N2")
    world.process()
    assert world.state(caso) == "aplicada"
    assert world.rows(
        "select valor_atual from audit.divergencias_processadas where caso = %s", caso
    ) == [("10.00",)]


def test_the_default_window_ends_at_the_newest_line_not_at_the_newest_case(world: World):
    old = world.find("N1", dia=TODAY - 10 * DAY)
    card = world.find("N2", dia=TODAY - 20 * DAY, fonte="cartoes", regra="FATURA", campo="trade")
    with world.server.connect() as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_divergencias__datas_base as"
            " select date '2026-10-31' as dt_base"
        )
    processed = world.process()
    assert world.state(old) is None
    assert world.state(card) == "detectada"
    assert processed.recorded.janelas["controladoria"] == Window(TODAY - DAY, TODAY)
    assert processed.counts()["nao_registradas"] == 1


def test_a_given_day_moves_the_window_of_all_fontes(world: World):
    base = TODAY - 10 * DAY
    cases = [
        world.find("N1", dia=base),
        world.find("N2", dia=base - DAY, fonte="cartoes", regra="FATURA", campo="trade"),
    ]
    later = world.find("N3")
    processed = world.process(dt_base=base)
    assert [world.state(caso) for caso in (*cases, later)] == ["detectada", "detectada", None]
    assert set(processed.recorded.janelas.values()) == {Window(base - DAY, base)}
    assert processed.as_dict()["nao_registradas"] == 1


def test_the_client_is_not_kept(world: World):
    world.find("N1")
    world.process()
    columns = world.rows(
        "select column_name::text from information_schema.columns"
        " where table_schema = 'audit' and column_name like '%%cliente%%' and %s",
        True,
    )
    assert columns == []


def test_a_build_that_fails_records_nothing_and_says_so_in_the_session(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(processing, "ready_to_build", ready_to_build)
    world.find("N1")
    with pytest.raises(MiranteError, match="não passou"):
        process(world.server, build=lambda arguments: False)
    assert world.rows("select count(*) from audit.divergencias_processadas") == [(0,)]
    assert world.rows(
        "select estado, erro like '%%não passou%%' from audit.sessoes_processamento"
    ) == [("falhou", True)]
    assert world.rows("select tipo, estado from audit.operacoes order by 1") == [
        ("construcao", "falhou"),
        ("deteccao", "falhou"),
    ]


def test_a_session_whose_process_died_is_marked_and_one_at_work_is_not(world: World):
    seen: list[tuple[object, ...]] = []

    def build(arguments: list[str]) -> bool:
        with world.server.connect() as connection:
            connection.execute(
                "insert into audit.sessoes_processamento (tipo, modo, quem, iniciada_em)"
                " values ('MANUAL_RUN', 'manual', 'morto', now() - interval '1 hour')"
            )
            connection.execute("select audit.marcar_interrompidas()")
        seen.extend(
            world.rows("select quem = 'morto', estado from audit.sessoes_processamento order by 1")
        )
        return True

    world.find("N1")
    process(world.server, build=build)
    assert seen == [(False, "em_andamento"), (True, "interrompida")]


def test_without_the_mart_one_is_told_to_build(user_server: Server):
    with pytest.raises(MiranteError, match="mirante build"):
        process(user_server, build=lambda arguments: True)


@pytest.mark.slow
def test_a_hundred_thousand_cases_take_seconds(world: World):
    with world.server.connect() as connection:
        connection.execute(
            "insert into divergencias.fct_divergencias"
            " select md5(n::text), md5('e' || n), 'TRADE_MARKETING', 1, 'ALTA', 'controladoria',"
            " 'N' || n, 'bonus_dpto', '2026-10-01', null, '10.00', '12.00', 0.95, 0.95, true,"
            " '2026-10-31' from generate_series(1, 100000) as n"
        )
        connection.execute(
            "insert into divergencias.controladoria (chave, competencia, bonus_dpto)"
            " select 'N' || n, '2026-10-01', '10.00' from generate_series(1, 100000) as n"
        )
    first = world.process()
    again = world.process()
    applied = world.process(auto=True)
    assert (first.counts()["novas"], again.counts()["novas"]) == (100_000, 0)
    assert applied.counts()["aplicadas"] == 100_000
    ((slowest,),) = world.rows(
        "select max(extract(epoch from terminada_em - iniciada_em))"
        " from audit.sessoes_processamento"
    )
    # Measured beside other work: 8, 5 and 20 s. A loop over rows takes minutes.
    assert slowest < 90


def test_a_given_day_reaches_the_divergences_and_nothing_that_they_are_built_from(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    asked: list[list[str]] = []

    def build(arguments: list[str]) -> bool:
        asked.append(arguments)
        return True

    process(world.server, dt_base=TODAY, build=build)
    [built] = asked
    assert "--vars" in built
    assert not any(selected.startswith("+") for selected in built)
    # Where they were never built, what they read is built first, as of its own day.
    with world.server.connect() as connection:
        connection.execute(
            "alter table divergencias.fct_divergencias rename to ainda_nao"  # not there yet
        )
    asked.clear()
    with pytest.raises(MiranteError, match="carregue a controladoria"):
        process(world.server, dt_base=TODAY, build=build)
    first, second = asked
    assert "--vars" not in first
    assert second == built


def test_a_build_that_fails_records_nothing_and_says_how_to_see_why(world: World):
    world.find("N1")
    with pytest.raises(MiranteError, match="mirante build --select"):
        process(world.server, build=lambda arguments: False)
    assert world.rows("select count(*) from audit.divergencias_processadas") == [(0,)]
    assert world.rows("select estado from audit.sessoes_processamento") == [("falhou",)]
