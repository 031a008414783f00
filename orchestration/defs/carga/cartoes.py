"""The raw tables of credit cards, landed by dlt: invoices and payments, a month at a time."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from pydantic import Field

from loaders import cartoes
from loaders.postgres import resolve_server
from orchestration import raw_files
from orchestration.partitions import FILE_MONTHS, ONE_MONTH_A_RUN, month_of
from orchestration.passing import tried_again

# Where files of both kinds are looked for below the inbox; their headers tell them apart.
FOLDER = "cartoes"


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    return raw_files.raw_specs(cartoes.source())


class CargaCartoes(dg.Config):
    """Which files to load; by default the month's of the inbox."""

    arquivos: list[str] = Field(
        default_factory=list,
        description="Arquivos a carregar em vez dos do mês, como os de histórico, sem mês no nome.",
    )
    todos_os_meses: bool = Field(
        default=False,
        description="Carrega tudo o que espera em inbox/cartoes, e não só os do mês.",
    )

    def paths(self, partition_key: str) -> list[str]:
        """Return the files to load: those named here, else those that carry the month."""
        month = month_of(partition_key)
        return list(self.arquivos) or [
            str(path)
            for path in raw_files.files_in_inbox(FOLDER)
            if self.todos_os_meses or cartoes.file_month(path.name) == month
        ]


# Not in parts: which table a file is for shows only once it is read.
@dg.multi_asset(
    name="carga_cartoes",
    specs=raw_specs(),
    partitions_def=FILE_MONTHS,
    backfill_policy=ONE_MONTH_A_RUN,
    pool="carga_cartoes",
)
@tried_again
def carga_cartoes(
    context: dg.AssetExecutionContext, config: CargaCartoes
) -> Iterator[dg.MaterializeResult[None]]:
    """Land a month's files of invoices and payments; known bytes change nothing."""
    source = cartoes.source()
    server = resolve_server()
    source.ensure_tables(server)
    paths = config.paths(context.partition_key)
    results = raw_files.load_files(
        source, server, None, paths, context.log.info, named=bool(config.arquivos)
    )
    raw_files.fail_on_refusal(results)
    # No failure: the month's files may have come by the command, from elsewhere.
    told: dict[str, int | str] = {} if paths else {"aviso": _nothing_waits(context.partition_key)}
    yield from raw_files.materializations(raw_specs(), results, told)


def _nothing_waits(partition_key: str) -> str:
    waiting = raw_files.files_in_inbox(FOLDER)
    without_month = sum(cartoes.file_month(path.name) is None for path in waiting)
    told = f"nenhum arquivo de {partition_key} em inbox/{FOLDER}; nada foi carregado."
    if without_month:
        told += f" Há {without_month} sem mês no nome, que se carregam pelo nome, em `arquivos`."
    return told
