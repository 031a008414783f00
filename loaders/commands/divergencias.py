"""`mirante divergencias`: find, list, decide, undo.

Here: arguments, tables, exit codes. Not here: the work (`loaders.divergencias`).
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loaders.export_formats import Format

if TYPE_CHECKING:
    from rich.console import Console

    from loaders.divergencias.reading import Filter
    from loaders.divergencias.states import Action

app = typer.Typer(
    no_args_is_help=True,
    help="Divergências: detectar, listar, decidir, corrigir e desfazer.",
)

# A terminal shows no more, unless asked to.
_SCREEN = 50

_Cases = Annotated[list[str], typer.Argument(help="Casos, como `listar` os mostra.", metavar="ID")]
_AsJson = Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")]
_Key = Annotated[
    str | None,
    typer.Option(
        "--chave-idempotencia",
        help="O mesmo pedido de novo com a mesma chave só repete a primeira resposta.",
        metavar="CHAVE",
    ),
]
_Reason = Annotated[str | None, typer.Option("--motivo", help="Por quê.", metavar="TEXTO")]
_Date = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="AAAA-MM-DD")]
_Rule = Annotated[str | None, typer.Option(help="Só desta regra.", metavar="REGRA")]
_Sure = Annotated[
    float | None, typer.Option(min=0, max=1, help="Só com esta confiança ou mais, de 0 a 1.")
]


class Mode(StrEnum):
    """What a run may do."""

    MANUAL = "manual"
    AUTO = "auto"


class Shown(StrEnum):
    """How a list is written."""

    TABELA = "tabela"
    JSON = "json"
    CSV = "csv"


class Estado(StrEnum):
    """The states of a case, for the command line to offer without importing what knows them."""

    DETECTADA = "detectada"
    APROVADA = "aprovada"
    REJEITADA = "rejeitada"
    APLICADA = "aplicada"
    FALHA = "falha"
    REVERTIDA = "revertida"
    OBSOLETA = "obsoleta"


_State = Annotated[Estado | None, typer.Option(help="Só neste estado.")]


@app.command()
def processar(
    modo: Annotated[
        Mode, typer.Option(help="auto também aprova e aplica o que as regras permitem.")
    ] = Mode.MANUAL,
    data_inicio: _Date = None,
    data_fim: _Date = None,
    dt_base: _Date = None,
    as_json: _AsJson = False,
) -> None:
    """Constrói, detecta e registra as divergências; por padrão, as das últimas 24 h de cada fonte.

    --data-inicio e --data-fim olham estes dias de processamento, inclusive, em todas as fontes;
    --dt-base é o dia que vale por hoje, e em que as 24 h acabam. O que estava aberto e sumiu fica
    obsoleto, de qualquer dia.
    """
    from rich.console import Console

    from loaders.divergencias.processing import process
    from loaders.divergencias.record import Window
    from loaders.postgres import resolve_server

    start, end, base = (each and each.date() for each in (data_inicio, data_fim, dt_base))
    if start and end and start > end:
        raise typer.BadParameter("vem depois de --data-fim.", param_hint="--data-inicio")
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    processed = process(
        resolve_server(),
        auto=modo is Mode.AUTO,
        window=Window(start, end) if start or end else None,
        dt_base=base,
        on_step=lambda step: told.print(f"{step} ...", markup=False),
    )
    if as_json:
        typer.echo(json.dumps(processed.as_dict(), ensure_ascii=False))
        return
    counts = ", ".join(f"{count} {name}" for name, count in processed.counts().items())
    typer.echo(f"Sessão {processed.sessao}: {counts}.")
    for fonte, window in processed.recorded.janelas.items():
        days = [f"{day:%d/%m/%Y}" if day else "..." for day in (window.inicio, window.fim)]
        typer.echo(f"  {fonte}: processadas de {days[0]} a {days[1]}")


@app.command()
def listar(
    regra: _Rule = None,
    estado: _State = None,
    min_confianca: _Sure = None,
    limite: Annotated[
        int | None,
        typer.Option(min=1, help=f"No máximo tantas. Padrão: {_SCREEN} na tabela, senão todas."),
    ] = None,
    formato: Annotated[Shown, typer.Option(help="Como escrever.")] = Shown.TABELA,
    as_json: _AsJson = False,
) -> None:
    """Lista os casos registrados, os de maior confiança primeiro."""
    from loaders.divergencias.reading import KEYS, as_export, cases
    from loaders.postgres import resolve_server

    formato = Shown.JSON if as_json else formato
    server = resolve_server()
    if formato is Shown.CSV:
        from loaders.exports.exporting import write_to

        table = as_export(server, _filter(regra, estado, min_confianca, limite), KEYS)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "divergencias.csv"
            write_to(server, table, path, Format.CSV)
            # On a terminal or in a pipe the mark for Excel is three letters too many.
            sys.stdout.write(path.read_text(encoding="utf-8-sig"))
        return
    if formato is Shown.JSON:
        found = cases(server, _filter(regra, estado, min_confianca, limite))
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    most = limite or _SCREEN
    # One more than is shown, to know whether there are more.
    found = cases(server, _filter(regra, estado, min_confianca, most + 1))
    _show("Divergências", KEYS, [list(each.values()) for each in found[:most]])
    if len(found) > most:
        typer.echo(f"Há mais: --limite, --regra ou `mirante divergencias exportar`. ({most} aqui)")


@app.command()
def aprovar(
    ids: _Cases,
    valor: Annotated[
        str | None,
        typer.Option(help="Corrige para este valor, e não para o sugerido.", metavar="VALOR"),
    ] = None,
    motivo: _Reason = None,
    chave: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Aprova e aplica a correção; sem valor sugerido nem --valor, o caso fica aprovado."""
    from loaders.divergencias.states import Action

    _decide(Action.APROVAR, ids, as_json, value=valor, reason=motivo, key=chave)


@app.command()
def rejeitar(
    ids: _Cases,
    motivo: Annotated[str, typer.Option(help="Por quê.", metavar="TEXTO")],
    chave: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Rejeita: o caso fica em silêncio enquanto a fonte disser o mesmo."""
    from loaders.divergencias.states import Action

    _decide(Action.REJEITAR, ids, as_json, reason=motivo, key=chave)


@app.command()
def reverter(
    ids: _Cases, motivo: _Reason = None, chave: _Key = None, as_json: _AsJson = False
) -> None:
    """Desfaz a correção: volta a valer o que a fonte diz."""
    from loaders.divergencias.states import Action

    _decide(Action.REVERTER, ids, as_json, reason=motivo, key=chave)


@app.command()
def reabrir(
    ids: _Cases,
    motivo: Annotated[str, typer.Option(help="Por quê.", metavar="TEXTO")],
    chave: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Reabre um caso rejeitado."""
    from loaders.divergencias.states import Action

    _decide(Action.REABRIR, ids, as_json, reason=motivo, key=chave)


class _FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@app.command()
def exportar(
    formato: Annotated[_FileFormat, typer.Option(help="Formato do arquivo.")],
    out: Annotated[Path, typer.Option(help="Arquivo.", metavar="ARQUIVO")],
    regra: _Rule = None,
    estado: _State = None,
    min_confianca: _Sure = None,
    as_json: _AsJson = False,
) -> None:
    """Exporta os casos registrados como CSV ou planilha; nenhum texto vira fórmula."""
    from loaders.divergencias.reading import as_export
    from loaders.exports.exporting import export
    from loaders.postgres import resolve_server

    if out.suffix.lower() != f".{formato}":
        raise typer.BadParameter(f"{out.name} não termina em .{formato}.", param_hint="--out")
    server = resolve_server()
    path = out.absolute()
    table = as_export(server, _filter(regra, estado, min_confianca, None))
    rows = export(server, table, path, Format(formato))
    if as_json:
        told = {"arquivo": str(path), "linhas": rows, "formato": str(formato)}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{path}: {rows} {'linha' if rows == 1 else 'linhas'}")


@app.command()
def metricas(as_json: _AsJson = False) -> None:
    """Mostra, por regra, quanto detectou, se decidiu e acertou, e a espera mediana."""
    from loaders.divergencias.reading import metrics
    from loaders.postgres import resolve_server

    found = metrics(resolve_server())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif not found:
        typer.echo("Nenhum caso registrado ainda: mirante divergencias processar.")
    else:
        _show("Regras", tuple(found[0]), [list(each.values()) for each in found])


@app.command()
def relatorio(dia: _Date = None, as_json: _AsJson = False) -> None:
    """Envia o relatório do dia, com a planilha das abertas, por e-mail e Slack, ou em arquivos.

    --dia é o dia das novas e das decisões, em São Paulo; por padrão, hoje.
    """
    from zoneinfo import ZoneInfo

    from loaders.divergencias.report import send_report
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server

    day = (dia or datetime.now(ZoneInfo("America/Sao_Paulo"))).date()
    report, deliveries = send_report(resolve_server(), day)
    if as_json:
        told = {"dia": day.isoformat(), "novas": report.novas, "abertas": report.abertas}
        sent = [asdict(delivery) for delivery in deliveries]
        typer.echo(json.dumps(told | {"envios": sent}, ensure_ascii=False))
    else:
        typer.echo(f"{report.titulo}: {report.resumo}")
        for delivery in deliveries:
            if not delivery.problem:
                typer.echo(f"  {delivery.channel}: {delivery.target}")
    if problems := [each for each in deliveries if each.problem]:
        raise MiranteError(
            "o relatório não chegou a todos:\n"
            + "\n".join(f"  {each.channel}: {each.problem}" for each in problems)
        )


def _filter(
    regra: str | None, estado: Estado | None, min_confianca: float | None, limite: int | None
) -> "Filter":
    from loaders.divergencias.reading import Filter
    from loaders.divergencias.states import State

    return Filter(regra, State(estado) if estado else None, min_confianca, limite)


def _decide(
    action: "Action",
    ids: Sequence[str],
    as_json: bool,
    *,
    value: str | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> None:
    from loaders.divergencias.decide import Request, decide
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server

    answers = decide(resolve_server(), Request(action, value, reason, key), ids)
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in answers], ensure_ascii=False))
    else:
        for each in answers:
            if each.ok:
                typer.echo(f"{each.caso}: {each.mensagem}")
    failed = [each for each in answers if not each.ok]
    if failed:
        raise MiranteError(
            f"{len(failed)} de {len(answers)} caso(s) não:\n"
            + "\n".join(f"  {each.caso}: {each.mensagem}" for each in failed)
        )


def _show(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a table for a person; where nobody looks, one line a row, cells by tabs."""
    from rich.console import Console

    out = Console(highlight=False)
    if not out.is_terminal:
        typer.echo("\t".join(names))
        for row in rows:
            typer.echo("\t".join(_cell(value) for value in row))
        return
    _table(out, title, names, rows)


def _table(out: "Console", title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for name in names:
        # An id that is cut can't be used.
        table.add_column(name, no_wrap=name == "caso", overflow="fold")
    for row in rows:
        # A text of the source is no markup.
        table.add_row(*(Text(_cell(value)) for value in row))
    out.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}".replace(".", ",") if isinstance(value, float) else str(value)
