"""Pictures of a segmentation, as an analyst reads them.

Here: three functions from a result to the bytes of a PNG, the same for the same result and
version of matplotlib. Not here: where pictures are attached or kept. pyplot is not used: its
figures are global.
"""

from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from orchestration.segmentation.result import ClusterSummary, FactorModel, Segmentation

# Okabe and Ito's, which colour-blind people tell apart; with a marker each, also in grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# More points than this cover each other, and make the file larger than it need be.
MOST_POINTS = 4_000
DPI = 100
COLUMN_WIDTH = 30
LEGEND_WIDTH = 80


def _with_comma(value: float, position: int | None = None) -> str:
    del position
    # Not -0,00.
    return f"{round(value, 2) + 0.0:.2f}".replace(".", ",")


_DECIMAL_COMMA = FuncFormatter(_with_comma)


def silhouette_plot(result: Segmentation) -> bytes:
    """Draw the silhouette of each k, the chosen one marked.

    Raises:
        ValueError: nothing was segmented.
    """
    _, k = _found(result)
    figure, axes = _sheet(6.4, 4.0)
    ks = sorted(result.silhouettes)
    axes.plot(ks, [result.silhouettes[each] for each in ks], color=COLOURS[0], marker="o")
    axes.plot(
        k,
        result.silhouettes[k],
        color=COLOURS[5],
        linestyle="none",
        marker="D",
        markersize=10,
        label=f"escolhido: {k} segmentos",
    )
    axes.legend(frameon=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(_DECIMAL_COMMA)
    axes.set_title("Silhueta por número de segmentos")
    axes.set_xlabel("número de segmentos (k)")
    axes.set_ylabel("silhueta média")
    axes.grid(axis="y", alpha=0.3)
    return _png(figure)


def loadings_plot(result: Segmentation) -> bytes:
    """Draw the loadings of each column on each factor as a table of colours.

    Raises:
        ValueError: nothing was segmented.
    """
    model, _ = _found(result)
    p, f = model.loadings.shape
    figure, axes = _sheet(3.6 + 1.1 * f, 1.8 + 0.42 * p)
    image = axes.imshow(model.loadings, cmap="PuOr", norm=Normalize(-1, 1), aspect="auto")
    for row in range(p):
        for column in range(f):
            loading = model.loadings[row, column]
            axes.text(
                column,
                row,
                _with_comma(loading),
                ha="center",
                va="center",
                color="white" if abs(loading) > 0.6 else "black",
            )
    axes.set_xticks(range(f), [f"fator {factor + 1}" for factor in range(f)])
    axes.set_yticks(range(p), [_shortened(name, COLUMN_WIDTH) for name in model.columns])
    axes.set_title("Cargas fatoriais (varimax)")
    figure.colorbar(image, ax=axes, label="carga", format=_DECIMAL_COMMA)
    return _png(figure)


def clusters_plot(result: Segmentation) -> bytes:
    """Draw clients by their first two factor scores, coloured by cluster.

    With one factor, a strip: the score across, one line for each cluster.

    Raises:
        ValueError: nothing was segmented.
    """
    strip = _found(result)[0].n_factors == 1
    figure, axes = _sheet(8.0, 6.0)
    shown = _thinned(result.cluster)
    present = [summary for summary in result.clusters if summary.cluster is not None]
    for summary in present:
        number = summary.cluster or 0
        members = shown[result.cluster[shown] == number]
        across = result.scores[members, 0]
        up = number + _spread(len(members)) if strip else result.scores[members, 1]
        colour, marker = _look(number)
        axes.scatter(across, up, s=9, alpha=0.45, linewidths=0, color=colour, marker=marker)
        whole = result.cluster == number
        centre = result.scores[whole].mean(axis=0)
        axes.scatter(
            centre[0],
            number if strip else centre[1],
            s=150,
            edgecolors="white",
            linewidths=1.5,
            zorder=3,
            label=_legend(summary),
            color=colour,
            marker=marker,
        )
        axes.annotate(
            str(summary.stable),
            (centre[0], number if strip else centre[1]),
            xytext=(9, 7),
            textcoords="offset points",
            fontweight="bold",
            zorder=4,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
        )
    axes.set_xlabel("fator 1")
    axes.xaxis.set_major_formatter(_DECIMAL_COMMA)
    if strip:
        axes.set_yticks(
            [summary.cluster or 0 for summary in present],
            [f"segmento {summary.stable}" for summary in present],
        )
    else:
        axes.set_ylabel("fator 2")
        axes.yaxis.set_major_formatter(_DECIMAL_COMMA)
    axes.set_title(_title(len(shown), len(result.ids)))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False, markerscale=0.6)
    return _png(figure)


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure of some inches, and its axes."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    # matplotlib would write its version.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _found(result: Segmentation) -> tuple[FactorModel, int]:
    """Return the factors and k of a result that has them."""
    if result.factors is None or result.k is None:
        raise ValueError(f"não há segmentos para desenhar: {result.motivo}")
    return result.factors, result.k


def _look(number: int) -> tuple[str, str]:
    """Return a cluster's colour and marker; no two of 49 clusters have both alike."""
    again, first = divmod(number, len(COLOURS))
    return COLOURS[first], MARKERS[(first + again) % len(MARKERS)]


def _legend(summary: ClusterSummary) -> str:
    share = f"{summary.share:.1f}%".replace(".", ",")
    return f"{summary.stable}: {_shortened(summary.label, LEGEND_WIDTH)} ({share})"


def _thinned(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the clients to draw: all, or at equal steps from each cluster."""
    if len(labels) <= MOST_POINTS:
        return np.arange(len(labels))
    order = np.argsort(labels, kind="stable")
    steps = np.arange(MOST_POINTS) * len(labels) // MOST_POINTS
    return order[steps]


def _spread(count: int) -> NDArray[np.float64]:
    """Return offsets within a strip, the same for the same count, that look like chance."""
    golden = 0.6180339887498949
    return np.asarray(0.6 * ((np.arange(count) * golden) % 1.0) - 0.3, dtype=np.float64)


def _title(shown: int, clients: int) -> str:
    if shown == clients:
        return f"Segmentos: {_thousands(clients)} clientes"
    return f"Segmentos: {_thousands(shown)} de {_thousands(clients)} clientes"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _shortened(text: str, width: int) -> str:
    short = text if len(text) <= width else text[: width - 1] + "…"
    # matplotlib reads what is between two $ as a formula.
    return short.replace("$", r"\$")


# By the name that a picture has in files and in the graph.
PICTURES = {"silhueta": silhouette_plot, "cargas": loadings_plot, "clusters": clusters_plot}
