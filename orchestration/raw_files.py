"""What the loads of all file sources have in common in the graph.

Here: specs of raw tables, where files are looked for, what a load tells. Not here: which
sources there are (`defs/carga/`), nor loading (`loaders`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
from dagster_dlt.translator import DltResourceTranslatorData

from loaders.file_loads import FileResult, FileSource, Outcome, is_data_file
from loaders.landing import raw_source
from loaders.manifest import MANIFEST
from loaders.server import Server
from loaders.settings import inbox
from loaders.settling import SETTLED_SECONDS, is_settled
from orchestration import time_zone
from orchestration.translation import RawTableTranslator

# How long nobody may have written to a file for a run to take it.
REST_SECONDS = SETTLED_SECONDS


def raw_specs(source: FileSource) -> tuple[dg.AssetSpec, ...]:
    """Return the specs of a source's raw tables, the manifest last."""
    translator = RawTableTranslator()
    described = {contract.entity: contract.description for contract in source.contracts}
    described[MANIFEST] = "Uma linha por versão de arquivo carregada: o que foi lido, e como."
    resources = raw_source(source.dataset, source.contracts).resources
    return tuple(
        translator.get_asset_spec(
            DltResourceTranslatorData(resource=resource, pipeline=None)
        ).replace_attributes(description=described[name])
        for name, resource in resources.items()
    )


def waiting_files(given: Sequence[str], folder: str) -> list[str]:
    """Return the paths to load.

    Args:
        given: paths that a run names; they come instead of the inbox.
        folder: name of the folder of the inbox.

    Returns:
        Nothing if none are given and the folder is not there or has no data file.
    """
    return list(given) or [str(path) for path in files_in_inbox(folder)]


def files_in_inbox(folder: str) -> list[Path]:
    """Return the data files of a folder of the inbox, sorted by name; none if it is not there.

    A link that leads out of the folder is none of them: whoever may write there could have any
    file of this machine read. The folder itself may be a link; who runs Mirante sets that.
    """
    waiting = inbox() / folder
    if not waiting.is_dir():
        return []
    return [path for path in sorted(waiting.iterdir()) if is_data_file(path) and _stays(path)]


def links_out_of_inbox(folder: str) -> list[str]:
    """Return the names of data files that are left alone because they lead out of the folder."""
    waiting = inbox() / folder
    if not waiting.is_dir():
        return []
    return [path.name for path in waiting.iterdir() if is_data_file(path) and not _stays(path)]


def _stays(path: Path) -> bool:
    return path.resolve().is_relative_to(path.parent.resolve())


def load_files(
    source: FileSource,
    server: Server,
    table: str | None,
    paths: Sequence[str],
    tell: Callable[[str], None],
    *,
    named: bool,
) -> list[FileResult]:
    """Load files, if there are any.

    Of what merely lies in the inbox, what somebody wrote to just now waits for the next time: it
    may be half copied.

    Args:
        source: whose they are.
        server: where to.
        table: the raw table; None: each file's header tells.
        paths: of the files.
        tell: told which files wait, and who holds the source's lock, if one has to wait.
        named: whether a run names them. Of what merely lies in the inbox no file comes back
            that was taken back.
    """
    chosen = list(paths) if named else _at_rest(paths, tell)
    if not chosen:
        return []
    return list(source.load(server, table, chosen, bring_back=named, on_wait=tell))


def _at_rest(paths: Sequence[str], tell: Callable[[str], None]) -> list[str]:
    now = time_zone.now().timestamp()
    chosen = []
    for path in paths:
        if is_settled(Path(path), now, REST_SECONDS):
            chosen.append(path)
        else:
            tell(
                f"{Path(path).name}: gravado há menos de {REST_SECONDS:.0f} s, pode estar pela"
                " metade; fica para a próxima vez."
            )
    return chosen


def fail_on_refusal(results: Iterable[FileResult]) -> None:
    """Fail the step if a file was refused, saying which and why.

    Raises:
        dagster.Failure: its description has no cell of a file.
    """
    refused = [result for result in results if result.outcome is Outcome.RECUSADO]
    if refused:
        raise dg.Failure(
            "arquivo(s) recusado(s); nada deles foi carregado:\n"
            + "\n".join(result.detail for result in refused),
            # The same bytes would be refused again.
            allow_retries=False,
        )


def materializations(
    specs: Iterable[dg.AssetSpec],
    results: Sequence[FileResult],
    told: Mapping[str, int | str] | None = None,
) -> Iterator[dg.MaterializeResult[None]]:
    """Tell of each raw table what of a load is its own; of the manifest, all of it.

    Args:
        specs: of the raw tables.
        results: of files of any kind, none refused.
        told: what to say of each table besides.
    """
    for spec in specs:
        own = [each for each in results if spec.key.path[-1] in (each.entidade, MANIFEST)]
        yield dg.MaterializeResult(asset_key=spec.key, metadata={**metadata(own), **(told or {})})


def metadata(results: Sequence[FileResult]) -> dict[str, int | str]:
    """Count what a load did, for the materialization of a table."""
    loaded = [result for result in results if result.outcome is Outcome.CARREGADO]
    return {
        "arquivos_carregados": len(loaded),
        "arquivos_sem_mudanca": len(results) - len(loaded),
        "linhas_carregadas": sum(result.rows for result in loaded),
    }
