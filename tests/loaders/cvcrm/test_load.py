"""Loads of the sales API into a real Postgres: what lands, and what a second load does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loaders.cvcrm.cargas import Modo, Situacao
from loaders.cvcrm_server import Scenario
from tests.loaders.cvcrm.conftest import World, commission, reservation, reservations


def test_rows_land_typed_and_exact(world: World):
    world.tenant.upsert(
        "reservas",
        reservation(
            1,
            valor_contrato=385000.55,
            cliente='"Maria", a\n\\\ttab; d\'Ávila &amp; filhos',
            situacao="",
            email=None,
            campos_adicionais=[{"nome": 'a"b', "valor": 12.5}],
            associados=[],
        ),
    )
    result = world.load_one()
    assert result.situacao is Situacao.OK
    assert (result.qt_informada, result.qt_lida, result.qt_gravada) == (7, 7, 7)
    assert world.rows("valor_contrato") == [Decimal("385000.55")] * 7
    assert world.rows("cliente")[0] == '"Maria", a\n\\\ttab; d\'Ávila &amp; filhos'
    assert (world.rows("situacao")[0], world.rows("email")[0]) == ("", None)
    assert world.rows("campos_adicionais")[0] == [{"nome": 'a"b', "valor": 12.5}]
    assert world.rows("associados")[0] == []
    types = dict(
        world.query(
            "select column_name::text, data_type::text from information_schema.columns"
            " where table_schema = 'raw_cvcrm' and table_name = 'reservas'"
        )
    )
    assert types["idreserva"] == "bigint"
    assert types["valor_contrato"] == "numeric"
    assert types["data_venda"] == "character varying"
    assert types["campos_adicionais"] == "jsonb"
    assert types["_visto_em"] == types["_carregado_em"] == "timestamp with time zone"


def test_large_small_and_long_numbers_land(world: World):
    for number, value in enumerate([1e28, -0.01, 0.123456789012], start=1):
        world.tenant.upsert("reservas", reservation(number, valor_contrato=value))
    world.load()
    assert world.rows("valor_contrato")[:3] == [
        Decimal(10) ** 28,
        Decimal("-0.01"),
        # Nine places are kept.
        Decimal("0.123456789"),
    ]


def test_all_pages_are_asked_for_once(world: World):
    world.load()
    assert [request.params["pagina"] for request in world.api.requests] == ["1", "2", "3"]
    assert {request.params["registros_por_pagina"] for request in world.api.requests} == {"3"}


def test_the_second_day_writes_only_what_changed(world: World):
    world.load()
    before = world.query("select idreserva, xmin::text, _visto_em from {schema}.reservas")
    world.tenant.upsert(
        "reservas", reservation(3, situacao="Vendida", referencia_data="2026-10-30 10:00:00")
    )
    world.tenant.upsert("reservas", reservation(8, referencia_data="2026-10-30 11:00:00"))
    result = world.load_one()
    assert result.modo is Modo.INCREMENTAL
    # The overlap came again, and was left as it was.
    assert result.qt_lida > result.qt_gravada == 2
    after = world.query("select idreserva, xmin::text, _visto_em from {schema}.reservas")
    kept = {key: version for key, version, _ in before}
    assert {key for key, version, _ in after if kept.get(key) != version} == {3, 8}
    first_seen = {key: seen for key, _, seen in before}
    assert all(first_seen[key] == seen for key, _, seen in after if key != 8)
    assert world.rows("situacao")[2] == "Vendida"


def test_nothing_new_writes_nothing(world: World):
    world.load()
    result = world.load_one(full=True)
    assert (result.qt_lida, result.qt_gravada) == (7, 0)
    assert world.cargas("qt_gravada") == [(7,), (0,)]


def test_the_filter_is_a_date_alone_and_overlaps(world: World):
    world.api.scenario = Scenario(reject_time_part=True)
    world.load()
    result = world.load_one()
    # The newest is of the 8th.
    assert result.desde == date(2026, 10, 7)
    assert world.api.requests[-1].params["a_partir_data_referencia"] == "2026-10-07"
    assert world.cargas("modo, desde") == [
        ("completa", None),
        ("incremental", date(2026, 10, 7)),
    ]


def test_zero_dates_and_dates_ahead_are_no_mark(world: World):
    for number, moment in enumerate(
        ["0000-00-00 00:00:00", "2099-01-01 00:00:00", "2026-13-40 00:00:00", "", None], start=8
    ):
        world.tenant.upsert("reservas", reservation(number, referencia_data=moment))
    world.load()
    assert world.load_one().desde == date(2026, 10, 7)
    assert len(world.rows("idreserva")) == 12


def test_zero_dates_alone_are_read_whole(world: World):
    for number in range(1, 8):
        world.tenant.upsert("reservas", reservation(number, referencia_data="0000-00-00 00:00:00"))
    world.load()
    result = world.load_one()
    assert (result.modo, result.qt_lida) == (Modo.COMPLETA, 7)


def test_a_deleted_row_stays_with_its_mark(world: World):
    world.load()
    world.tenant.upsert(
        "reservas", reservation(2, ativo="N", referencia_data="2026-10-30 10:00:00")
    )
    world.load()
    assert world.rows("ativo") == ["S", "N", "S", "S", "S", "S", "S"]


def test_a_paid_commission_comes_with_the_full_reading_only(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    for number in range(1, 8):
        world.tenant.upsert("comissoes", commission(number))
    world.load("comissoes")
    # Its reference date stays that of its creation.
    world.tenant.upsert("comissoes", commission(1, situacao="Paga"))
    assert world.load_one("comissoes").modo is Modo.INCREMENTAL
    assert world.rows("situacao", "comissoes")[0] == "Aberta"
    monkeypatch.setenv("CVCRM_FULL_EVERY_H", "0")
    result = world.load_one("comissoes")
    assert (result.modo, result.qt_gravada) == (Modo.COMPLETA, 1)
    assert world.rows("situacao", "comissoes")[0] == "Paga"


def test_full_reads_without_filter(world: World):
    world.load()
    world.tenant.upsert("reservas", reservation(1, situacao="Mudou sem data"))
    assert world.load_one(full=True).qt_gravada == 1
    assert "a_partir_data_referencia" not in world.api.requests[-1].params


def test_load_times_grow_with_every_page(world: World):
    world.load()
    pages = world.query("select distinct _carregado_em from {schema}.reservas")
    assert len(pages) == 3
    last = max(moment for (moment,) in pages)
    world.tenant.upsert("reservas", reservation(9, referencia_data="2026-10-30 10:00:00"))
    world.load()
    assert world.rows("_carregado_em")[-1] > last


@pytest.mark.parametrize("descending", [False, True])
def test_rows_that_shift_are_found_by_reading_again(world: World, descending: bool):
    world.api.scenario = Scenario(shift={"reservas": 1}, descending=descending)
    result = world.load_one()
    assert result.situacao is Situacao.OK
    assert (result.qt_informada, result.qt_lida) == (7, 7)
    assert world.rows("idreserva") == [1, 2, 3, 4, 5, 6, 7]
    # The one that moved was seen twice: the later version counts.
    assert world.rows("referencia_data")[0] != reservation(1)["referencia_data"]


def test_rows_that_never_come_make_it_incomplete_and_it_is_read_again(world: World):
    # The API counts eight and shows one of them twice.
    twice = [reservation(1), *reservations(7)]
    _show(world, twice)
    result = world.load_one()
    assert result.situacao is Situacao.INCOMPLETA
    assert (result.qt_informada, result.qt_lida, result.qt_gravada) == (8, 7, 7)
    assert "8 linhas e vieram 7" in str(result.mensagem)
    assert len(world.rows("idreserva")) == 7
    assert len(world.api.requests) == 6
    assert world.load_one().modo is Modo.COMPLETA
    _show(world, reservations(7))
    assert world.load_one().situacao is Situacao.OK
    assert world.load_one().modo is Modo.INCREMENTAL


def _show(world: World, rows: list[dict[str, Any]]) -> None:
    """Let the API show rows as they are, one key twice too."""
    table = world.tenant._tables["reservas"]
    table.rows.clear()
    for number, row in enumerate(rows):
        world.tenant.upsert("reservas", row | {"idreserva": f"x{number}"})
        stored = table.rows.pop((f"x{number}",))
        body = stored.body.replace(f'"x{number}"'.encode(), str(row["idreserva"]).encode())
        table.rows[str(number),] = type(stored)(stored.date, stored.reference, body)
    table.ordered = None


def test_the_later_of_two_rows_of_one_key_counts(world: World):
    _show(world, [reservation(1, situacao="a"), reservation(1, situacao="b")])
    world.load()
    assert world.rows("situacao") == ["b"]
    rows = [
        reservation(1, situacao=str(n), referencia_data="2026-10-01 10:00:00") for n in range(8)
    ]
    _show(world, rows)
    world.load(full=True)
    assert world.rows("situacao") == ["7"]


def test_a_row_that_went_there_and_back_within_a_load_ends_as_it_came_last(world: World):
    date_of = {"referencia_data": "2026-10-01 10:00:00"}
    _show(world, [reservation(1, situacao="a", **date_of)])
    world.load()
    states = ["b", "b", "b", "a"]
    _show(world, [reservation(1, situacao=state, **date_of) for state in states])
    world.load(full=True)
    assert world.rows("situacao") == ["a"]


@pytest.mark.parametrize("as_204", [False, True])
def test_an_empty_endpoint_is_no_failure(world: World, as_204: bool):
    world.api.scenario = Scenario(empty_as_204=as_204)
    results = world.load("vendas", "empreendimentos")
    assert {result.situacao for result in results.values()} == {Situacao.OK}
    assert world.rows("idreserva", "vendas") == []


def test_a_bare_list_lands(world: World):
    world.tenant.upsert(
        "empreendimentos",
        {"idempreendimento": 1, "nome": "Alfa", "andamento": "15.72", "segmento": ["Alto"]},
    )
    world.load("empreendimentos")
    world.load("empreendimentos")
    assert world.rows("segmento", "empreendimentos") == [["Alto"]]
    assert world.rows("andamento", "empreendimentos") == ["15.72"]
    assert all(request.params == {} for request in world.api.requests)


def test_a_key_of_three_parts_with_nulls_is_written_once(world: World):
    price = {"idunidade": 1, "idtabela": None, "data_vigencia_de": None, "valor": "9999.99"}
    world.tenant.upsert("unidades_precos", price)
    world.load("unidades_precos")
    world.tenant.upsert("unidades_precos", price | {"valor": "8888.88"})
    assert world.load_one("unidades_precos", full=True).qt_gravada == 1
    assert world.rows("valor", "unidades_precos") == ["8888.88"]
    assert world.rows("idtabela", "unidades_precos") == [0]


def test_an_unannounced_field_lands_as_text_and_may_turn_decimal(world: World):
    world.load()
    world.api.scenario = Scenario(new_fields={"reservas": "vgv_novo"})
    result = world.load_one(full=True)
    assert (result.situacao, result.qt_gravada) == (Situacao.OK, 7)
    assert world.rows("vgv_novo") == ["0", "1.5", "2", "3.5", "4", "5.5", "6"]
    world.api.scenario = Scenario()
    world.load(full=True)
    assert world.rows("vgv_novo") == [None] * 7


def test_parameters_in_the_body(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_PARAMS", "body")
    world.api.scenario = Scenario(only_body=True)
    assert world.load_one().qt_lida == 7
    assert world.load_one().desde == date(2026, 10, 7)


def test_the_schema_that_dlt_keeps_does_not_grow_with_the_loads(world: World):
    # One for loads that bring rows and one for those that bring none.
    world.load()
    world.load()
    versions = world.query("select count(*) from {schema}._dlt_version")
    world.load(full=True)
    world.tenant.upsert("reservas", reservation(9))
    world.load(full=True)
    assert world.query("select count(*) from {schema}._dlt_version") == versions
