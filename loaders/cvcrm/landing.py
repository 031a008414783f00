"""Land the sales API in Postgres with dlt: one load an endpoint, what changed and no more.

Here: what dlt is told of an endpoint and of `cargas`, and the loads. Not here: reading the
API (`reading`), the pipeline (`pipelines`), whether a load is due (`cargas`).

Flow: all pages go through dlt to disk -> only then are they merged by key, in one
transaction, and the row of `cargas` beside them -> `_dlt_loads` says that dlt is done.
Nothing is appended: a load that is cut off and run again ends the same.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg

from loaders.cvcrm import DATASET, tables
from loaders.cvcrm.cargas import CARGAS, CARGAS_COLUMNS, CARGAS_KEY, Carga
from loaders.cvcrm.endpoints import Endpoint
from loaders.cvcrm.reading import Reading
from loaders.pipelines import configure_dlt, pipeline, safe_errors
from loaders.postgres import Server, schema_name

if TYPE_CHECKING:
    from dlt.common.destination import TLoaderFileFormat
    from dlt.common.schema.typing import TSchemaContractDict
    from dlt.extract import DltResource, DltSource

# Vendors add fields without notice, so columns may evolve. A type change would corrupt the
# raw table silently, so it fails the load instead. `rows` sees to both; this stands behind.
API_CONTRACT: "TSchemaContractDict" = {
    "tables": "evolve",
    "columns": "evolve",
    "data_type": "freeze",
}
# Not csv: dlt's COPY takes an empty text for NULL. A fifth slower (6 000 wide rows: 3.2 s
# against 2.7 s), which the pace of the API hides.
_FORMAT: Final["TLoaderFileFormat"] = "insert_values"


def _resource(endpoint: Endpoint, rows: Callable[[], Iterator[Any]]) -> "DltResource":
    import dlt

    return dlt.resource(
        rows,
        name=endpoint.name,
        columns=tables.columns(endpoint),
        primary_key=list(endpoint.key),
        write_disposition="merge",
        max_table_nesting=0,
        schema_contract=API_CONTRACT,
    )


def _cargas(rows: Callable[[], Iterator[Any]]) -> "DltResource":
    import dlt

    return dlt.resource(
        rows,
        name=CARGAS,
        columns=CARGAS_COLUMNS,
        primary_key=list(CARGAS_KEY),
        write_disposition="merge",
        schema_contract=API_CONTRACT,
    )


def _keep_texts(source: "DltSource") -> "DltSource":
    """Let a text be text: dlt would make a timestamp of a date, which a zero date is not."""
    source.schema.remove_type_detection("iso_timestamp")
    return source


def raw_source(endpoints: Sequence[Endpoint]) -> "DltSource":
    """Describe all tables of the source; it loads them empty.

    Args:
        endpoints: of the source.

    Returns:
        A dlt source whose resources are named like the raw tables, `cargas` the last.
    """
    configure_dlt()
    import dlt

    def nothing() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()

    @dlt.source(name=DATASET)
    def source() -> Iterator[Any]:
        for endpoint in endpoints:
            yield _resource(endpoint, nothing)
        yield _cargas(nothing)

    return source()


def ensure_tables(server: Server, endpoints: Sequence[Endpoint]) -> None:
    """Create the raw tables, empty and typed, and whatever they lack by now.

    dbt then builds when nothing was loaded.

    Raises:
        MiranteError: Postgres refused.
    """
    schema = schema_name(DATASET)
    did = "as tabelas não puderam ser feitas"
    with safe_errors(DATASET, did), server.connect() as connection:
        tables.retype(connection, schema, endpoints)
        with pipeline(server, DATASET) as running:
            running.run(raw_source(endpoints), loader_file_format=_FORMAT)
        tables.index_keys(connection, schema, endpoints)


def land(server: Server, reading: Reading, finish: Callable[[], Carga]) -> Carga:
    """Read an endpoint and land what changed.

    Args:
        server: where to.
        reading: of the endpoint; nothing is asked yet.
        finish: tells how the reading went, once all of it was read.

    Returns:
        What `finish` told, stored with the rows.

    Raises:
        MiranteError: The endpoint can't be read (`reading.failure` says why), or dlt or
            Postgres refused.
    """
    configure_dlt()
    import dlt

    told: list[Carga] = []

    # dlt sets attributes on what it is given, and a method takes none.
    def rows() -> Iterator[Any]:
        yield from reading.changed()

    def carga() -> Iterator[Any]:
        told.append(finish())
        yield told[0].as_row()

    @dlt.source(name=DATASET)
    def source() -> Iterator[Any]:
        yield _resource(reading.endpoint, rows)
        yield _cargas(carga)

    with safe_errors(reading.endpoint.name), pipeline(server, DATASET) as running:
        running.run(_keep_texts(source()), loader_file_format=_FORMAT)
    return told[0]


def record(server: Server, cargas: Sequence[Carga]) -> None:
    """Store how readings went that brought no rows.

    Raises:
        MiranteError: Postgres refused.
    """
    configure_dlt()
    import dlt

    def rows() -> Iterator[Any]:
        yield [carga.as_row() for carga in cargas]

    @dlt.source(name=DATASET)
    def source() -> Iterator[Any]:
        yield _cargas(rows)

    with safe_errors(CARGAS), pipeline(server, DATASET) as running:
        running.run(source(), loader_file_format=_FORMAT)


def is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the server still answers."""
    try:
        connection.execute("select 1")
    except psycopg.Error:
        return False
    return True
