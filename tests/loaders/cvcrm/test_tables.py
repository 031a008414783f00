"""The raw tables of the sales API: there before anything is loaded, and kept up."""

import pytest

from loaders import cvcrm
from loaders.cvcrm.endpoints import load_endpoints
from loaders.cvcrm.loading import CvcrmSource
from loaders.errors import MiranteError
from loaders.server import Server
from tests.loaders.cvcrm.conftest import World, reservation
from tests.loaders.files import held, query


def columns(server: Server) -> dict[str, list[str]]:
    return dict(
        query(
            server,
            "select table_name::text, array_agg(column_name::text order by ordinal_position)"
            " from information_schema.columns where table_schema = 'raw_cvcrm' group by 1",
            "raw_cvcrm",
        )
    )


def test_empty_typed_tables_stand_before_any_load(user_server: Server):
    cvcrm.source().ensure_tables(user_server)
    found = columns(user_server)
    for endpoint in load_endpoints():
        own = [name for name in found[endpoint.name] if not name.startswith("_dlt")]
        assert own == [*endpoint.columns, "_hash", "_visto_em", "_carregado_em"], endpoint.name
    assert "situacao" in found["cargas"]
    assert "status" in found["_dlt_loads"]


def test_standing_tables_cost_no_write(user_server: Server):
    source = cvcrm.source()
    source.ensure_tables(user_server)
    # With the tables locked, any change would wait for ever.
    with held(user_server, "lock table raw_cvcrm._dlt_version in access exclusive mode"):
        source.ensure_tables(user_server)


def test_a_column_that_is_declared_later_is_added(world: World):
    world.load()
    reservas = next(each for each in world.source.endpoints if each.name == "reservas")
    later = reservas.model_copy(update={"columns": {**reservas.columns, "vgv_novo": "decimal"}})
    source = CvcrmSource([later])
    source.ensure_tables(world.server)
    assert "vgv_novo" in columns(world.server)["reservas"]
    assert len(world.rows("idreserva")) == 7


def test_a_column_that_landed_as_text_gets_the_type_that_is_declared(world: World):
    world.tenant.upsert("reservas", reservation(1, vgv_novo="1.50"))
    world.load()
    reservas = next(each for each in world.source.endpoints if each.name == "reservas")
    later = reservas.model_copy(update={"columns": {**reservas.columns, "vgv_novo": "decimal"}})
    world.source = CvcrmSource([later])
    world.tenant.upsert("reservas", reservation(2, vgv_novo=2.25))
    world.load(full=True)
    assert [str(value)[:4] for value in world.rows("vgv_novo")[:2]] == ["1.50", "2.25"]


def test_a_column_whose_texts_do_not_fit_the_type_is_refused(world: World):
    world.tenant.upsert("reservas", reservation(1, vgv_novo="um texto secreto"))
    world.load()
    reservas = next(each for each in world.source.endpoints if each.name == "reservas")
    later = reservas.model_copy(update={"columns": {**reservas.columns, "vgv_novo": "decimal"}})
    with pytest.raises(MiranteError) as caught:
        CvcrmSource([later]).ensure_tables(world.server)
    assert "reservas: a coluna vgv_novo guarda valores que não são numeric" in str(caught.value)
    assert "secreto" not in str(caught.value)


def test_a_column_that_a_view_reads_is_not_retyped_behind_its_back(world: World):
    world.load()
    with world.server.connect() as connection:
        connection.execute("create view raw_cvcrm.visao as select situacao from raw_cvcrm.reservas")
    reservas = next(each for each in world.source.endpoints if each.name == "reservas")
    later = reservas.model_copy(update={"columns": {**reservas.columns, "situacao": "json"}})
    with pytest.raises(MiranteError, match=r"a coluna situacao agora é jsonb .* uma view"):
        CvcrmSource([later]).ensure_tables(world.server)
