"""Inputs at the edge: too few, all equal, missing, extreme, or refused by name."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from orchestration.segmentation import Clients, Parameters, Situacao, segment
from tests.segmentation.portfolios import changed, portfolio

FAST = Parameters(n_init=4)


@pytest.fixture
def clients():
    return portfolio(200)[0]


def with_value(clients, name, position, value):
    column = clients.columns[name].copy()
    column[position] = value
    return changed(clients, **{name: column})


@pytest.mark.parametrize("n", [*range(1, 5), 24])
def test_few_clients_are_insufficient_and_not_an_error(n):
    result = segment(portfolio(n)[0], FAST)
    assert result.situacao is Situacao.INSUFICIENTE
    assert result.motivo == f"{n} clientes com todos os valores; o mínimo é 25"
    assert (len(result.ids), result.k, result.factors, result.silhouettes) == (0, None, None, {})


def test_no_clients_are_insufficient():
    columns = {name: column[:0] for name, column in portfolio(1)[0].columns.items()}
    assert segment(Clients(np.array([], dtype=str), columns)).motivo.startswith("0 clientes")


@pytest.mark.parametrize("n", [25, 27, 30])
def test_the_fewest_clients_are_segmented(n):
    result = segment(portfolio(n)[0], FAST)
    assert result.situacao is Situacao.CONCLUIDA
    assert sum(summary.size for summary in result.clusters) == n


@pytest.mark.parametrize("n", [3, 4, 5, 7, 11])
def test_a_handful_is_segmented_if_the_analyst_wants_it(n):
    result = segment(portfolio(n)[0], Parameters(n_init=2, min_clients=3))
    assert result.situacao is Situacao.CONCLUIDA
    assert np.isfinite(result.scores).all()
    assert 2 <= result.k < n


def test_equal_clients_are_insufficient_and_say_so():
    one = portfolio(1)[0]
    result = segment(
        Clients(
            np.array([f"c{each}" for each in range(50)]),
            {name: np.repeat(column, 50) for name, column in one.columns.items()},
        )
    )
    assert result.situacao is Situacao.INSUFICIENTE
    assert result.motivo == "todos os clientes têm os mesmos valores"
    assert "vl_saldo" in result.dropped


def test_a_constant_feature_is_dropped_and_named(clients):
    result = segment(changed(clients, nr_risco=np.full(200, 3.0)), FAST)
    assert result.situacao is Situacao.CONCLUIDA
    assert result.dropped == ("nr_risco",)
    assert "nr_risco" not in result.columns
    assert result.clusters[0].means["nr_risco"] == 3.0


def test_a_category_of_one_value_is_dropped(clients):
    result = segment(changed(clients, mod_bacen=np.full(200, "0203", dtype=object)), FAST)
    assert result.dropped == ("mod_bacen=0203",)
    assert result.clusters[0].shares == {"mod_bacen": {"0203": 100.0}}


def test_clients_without_a_number_are_left_out_with_the_feature_named(clients):
    gaps = with_value(clients, "nr_risco", [3, 5], np.nan)  # 3 has an unknown grade
    gaps = with_value(gaps, "nr_atraso", [5], np.nan)
    result = segment(gaps, FAST)
    assert dict(zip(result.left_out_ids, result.left_out_reason, strict=True)) == {
        "c000003": "sem valor em nr_risco",
        "c000005": "sem valor em nr_risco, nr_atraso",
    }
    assert len(result.ids) == 198
    assert not set(result.left_out_ids) & set(result.ids)


def test_a_number_missing_in_a_feature_not_chosen_leaves_nobody_out(clients):
    gaps = with_value(clients, "nr_risco", [3], np.nan)
    result = segment(gaps, Parameters(n_init=4, features=("vl_saldo", "nr_atraso")))
    assert len(result.ids) == 200


def test_a_missing_category_is_a_value_of_its_own(clients):
    result = segment(with_value(clients, "mod_bacen", slice(0, 40), None), FAST)
    assert len(result.ids) == 200
    weighted = sum(each.size * each.shares["mod_bacen"]["SEM VALOR"] for each in result.clusters)
    assert weighted / 200 == pytest.approx(20.0)


def test_numbers_missing_everywhere_leave_all_out(clients):
    result = segment(changed(clients, nr_atraso=np.full(200, np.nan)), FAST)
    assert result.situacao is Situacao.INSUFICIENTE
    assert len(result.left_out_ids) == 200


@pytest.mark.parametrize("n", [30, 200, 1500])
@pytest.mark.parametrize("name", ["vl_saldo", "cob_garantia", "nr_risco", "nr_atraso"])
def test_a_huge_outlier_does_not_take_a_cluster_for_itself(n, name):
    clients = portfolio(n)[0]
    result = segment(with_value(clients, name, 7, 1e15), FAST)
    plain = segment(clients, FAST)
    assert result.k == plain.k
    assert min(each.size for each in result.clusters) > 1


@pytest.mark.parametrize("name", ["vl_saldo", "cob_garantia", "nr_risco", "nr_atraso"])
def test_a_huge_outlier_does_not_hide_what_its_feature_tells_of_the_others(clients, name):
    alone = Parameters(n_init=4, features=(name,))
    plain = segment(clients, alone)
    result = segment(with_value(clients, name, 7, 1e15), alone)
    others = np.arange(200) != 7
    assert adjusted_rand_score(plain.cluster[others], result.cluster[others]) > 0.95


def test_a_negative_saldo_is_further_down_than_none(clients):
    column = np.where(np.arange(200) % 2, -5_000.0, 5_000.0)
    column += np.arange(200)
    result = segment(
        changed(clients, vl_saldo=column), Parameters(n_init=4, features=("vl_saldo",))
    )
    assert {np.sign(each.means["vl_saldo"]) for each in result.clusters} == {-1.0, 1.0}
    assert result.k == 2


def test_minus_zero_is_zero(clients):
    zero = segment(with_value(clients, "vl_saldo", [0, 1], 0.0), FAST)
    minus = segment(with_value(clients, "vl_saldo", [0, 1], -0.0), FAST)
    assert zero.scores.tobytes() == minus.scores.tobytes()


@pytest.mark.parametrize("name", ["nr_risco", "mod_bacen", "vl_saldo"])
def test_a_single_feature_is_enough(clients, name):
    result = segment(clients, Parameters(n_init=4, features=(name,)))
    assert result.situacao is Situacao.CONCLUIDA
    assert result.factors.n_factors >= 1


def test_two_features_are_two_factors_or_the_one_allowed(clients):
    two = ("nr_risco", "vl_saldo")
    assert segment(clients, Parameters(n_init=4, features=two)).scores.shape == (200, 2)
    one = segment(clients, Parameters(n_init=4, features=two, max_factors=1))
    assert one.scores.shape == (200, 1)


def test_features_of_equal_values_are_segmented(clients):
    result = segment(changed(clients, vl_saldo=clients.columns["vl_contrato"]), FAST)
    assert result.situacao is Situacao.CONCLUIDA
    assert np.isfinite(result.scores).all()


def test_a_feature_that_two_values_make_gives_two_clusters():
    column = np.repeat([0.0, 90.0], 30)
    clients = Clients(np.array([f"c{each}" for each in range(60)]), {"nr_atraso": column})
    result = segment(clients, Parameters(features=("nr_atraso",)))
    assert (result.k, result.silhouettes) == (2, {2: 1.0})


def test_fewer_kinds_of_clients_than_clusters_wanted_are_insufficient():
    column = np.repeat([0.0, 90.0], 30)
    clients = Clients(np.array([f"c{each}" for each in range(60)]), {"nr_atraso": column})
    result = segment(clients, Parameters(features=("nr_atraso",), k_min=3))
    assert result.motivo == "há menos de 3 grupos de valores distintos"


def test_rare_values_of_a_category_are_one_value():
    clients, _ = portfolio(1000)
    modality = clients.columns["mod_bacen"].copy()
    modality[:30] = [f"X{each}" for each in range(30)]
    result = segment(changed(clients, mod_bacen=modality), FAST)
    weighted = sum(each.size * each.shares["mod_bacen"]["OUTROS"] for each in result.clusters)
    assert weighted / 1000 == pytest.approx(3.0)
    assert "mod_bacen=OUTROS" in result.columns


def test_rare_values_that_are_rare_even_together_get_no_column():
    clients, _ = portfolio(1000)
    modality = clients.columns["mod_bacen"].copy()
    modality[:3] = ["X1", "X2", "X3"]
    result = segment(changed(clients, mod_bacen=modality), FAST)
    assert "mod_bacen=OUTROS" in result.reference
    assert "mod_bacen=OUTROS" not in result.columns
    assert any(each.shares["mod_bacen"]["OUTROS"] > 0 for each in result.clusters)


def test_a_repeated_client_is_refused(clients):
    with pytest.raises(ValueError, match="cliente repetido: c000001"):
        Clients(np.array(["c000001", "c000001"]), {})


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_value_is_refused_with_its_feature(clients, value):
    with pytest.raises(ValueError, match="cob_garantia tem valor infinito"):
        with_value(clients, "cob_garantia", 0, value)


def test_a_value_beyond_all_measure_is_refused_with_its_feature(clients):
    with pytest.raises(ValueError, match=r"vl_saldo tem valor grande demais: 1e\+200"):
        with_value(clients, "vl_saldo", 0, 1e200)


def test_a_chosen_feature_without_column_is_refused(clients):
    columns = {"vl_saldo": clients.columns["vl_saldo"]}
    with pytest.raises(ValueError, match="falta a variável nr_risco"):
        segment(Clients(clients.ids, columns))


@pytest.mark.parametrize(
    ("ids", "columns", "message"),
    [
        (np.array([1, 2]), {}, "textos, um por cliente"),
        (np.array(["a"]), {"vl_saldo": np.zeros(2)}, "vl_saldo tem 2 valores para 1"),
        (np.array(["a"]), {"vl_saldo": np.array(["x"])}, "vl_saldo deve ter números"),
        (np.array(["a"]), {"mod_bacen": np.array([203])}, "mod_bacen deve ter textos"),
        (np.array(["a"]), {"renda": np.zeros(1)}, "variável desconhecida: renda"),
    ],
)
def test_columns_that_are_not_what_they_should_be_are_refused(ids, columns, message):
    with pytest.raises(ValueError, match=message):
        Clients(ids, columns)


def test_the_caller_s_arrays_are_left_alone(clients):
    given = {name: column.copy() for name, column in clients.columns.items()}
    segment(clients, FAST)
    for name, column in given.items():
        assert (clients.columns[name] == column).all()
