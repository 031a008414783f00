"""What is read next, by what was read before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loaders.cvcrm.cargas import EVERYTHING, History, Modo, Plan, plan
from loaders.cvcrm.endpoints import load_endpoints
from loaders.cvcrm.settings import CvcrmSettings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEWEST = date(2026, 11, 20)
ENDPOINTS = {endpoint.name: endpoint for endpoint in load_endpoints()}
SINCE = Plan(Modo.INCREMENTAL, date(2026, 11, 19))


def planned(
    name: str,
    *,
    full_hours_ago: float | None = 1,
    incomplete: Plan | None = None,
    newest: date | None = NEWEST,
    settings: CvcrmSettings | None = None,
) -> Plan:
    full = None if full_hours_ago is None else NOW - timedelta(hours=full_hours_ago)
    history = History(last_good=full, last_full=full, incomplete=incomplete)
    return plan(ENDPOINTS[name], history, newest, NOW, settings or CvcrmSettings())


@pytest.mark.parametrize("name", ["atendimentos", "reservas", "vendas"])
def test_the_first_reading_is_of_everything(name: str):
    assert planned(name, full_hours_ago=None) == EVERYTHING


def test_later_ones_overlap_a_day():
    assert planned("reservas") == SINCE


def test_the_overlap_can_be_set():
    settings = CvcrmSettings(CVCRM_OVERLAP_DAYS=5)
    assert planned("reservas", settings=settings).desde == date(2026, 11, 15)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("atendimentos", SINCE), ("reservas", EVERYTHING), ("comissoes", EVERYTHING)],
)
def test_a_full_reading_gets_old_where_changes_are_not_dated(name: str, expected: Plan):
    assert planned(name, full_hours_ago=24) == expected


def test_a_bare_list_is_always_whole():
    assert planned("empreendimentos") == EVERYTHING


def test_without_any_date_all_is_read():
    assert planned("reservas", newest=None) == EVERYTHING


def test_what_was_incomplete_is_read_again():
    earlier = Plan(Modo.INCREMENTAL, date(2026, 10, 1))
    assert planned("reservas", incomplete=earlier) == earlier
    assert planned("reservas", incomplete=EVERYTHING) == EVERYTHING


def test_what_was_incomplete_does_not_shorten_the_overlap():
    later = Plan(Modo.INCREMENTAL, date(2026, 11, 20))
    assert planned("reservas", incomplete=later) == SINCE
