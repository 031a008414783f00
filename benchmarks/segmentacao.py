"""Six perfis of 50 000 clients with planted clusters, segmented one after another.

Anchor, in the same run: the plain pipeline that one writes with sklearn alone, on the same
columns: StandardScaler, FactorAnalysis with its defaults, KMeans with 20 starts for each k,
silhouette_score on a sample of 10 000 for each. Both are whole processes that read the same
file; what reading it takes, in time and memory, is measured too. The anchor takes
more than a minute for each perfil, so it has the first one only and runs once: the ratio is
of seconds a perfil, reading included on both sides.

Run by hand: `python -m benchmarks.segmentacao [clients a perfil]`.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.carteira import middle
from benchmarks.measure import Measured, measure

RUNS = {"read": 3, "ours": 3, "plain": 1}
PERFIS = 6
PERFIS_OF = {"read": PERFIS, "ours": PERFIS, "plain": 1}
# Typical clients: risco, garantia, log of atraso, log of contrato, share of it still due.
TYPICAL = np.array(
    [
        [2, 150, 0.0, 11.5, 0.9],
        [4, 60, 0.0, 9.0, 0.6],
        [8, 40, 3.7, 9.5, 0.8],
        [12, 10, 5.5, 11.0, 0.97],
    ]
)
MODALITIES = np.array(["0203", "0202", "0401", "1304", "0901", "0210"])

READ = """
import json, sys
import numpy as np
from sklearn.metrics import adjusted_rand_score
agreed, ks = [], []
with np.load(sys.argv[1]) as file:
    perfis = [
        {name.split(".")[1]: file[name] for name in file.files if name.startswith(f"{perfil}.")}
        for perfil in range(int(sys.argv[2]))
    ]
"""
OURS = """
from orchestration.segmentation import FEATURES, Clients, segment
for perfil in perfis:
    columns = {feature.name: perfil[feature.name] for feature in FEATURES}
    columns["mod_bacen"] = columns["mod_bacen"].astype(object)
    result = segment(Clients(perfil["id"], columns))
    agreed.append(adjusted_rand_score(perfil["group"], result.cluster))
    ks.append(result.k)
"""
PLAIN = """
from sklearn.cluster import KMeans
from sklearn.decomposition import FactorAnalysis
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler
for perfil in perfis:
    logs = [np.log1p(perfil[name]) for name in ("nr_atraso", "vl_contrato", "vl_saldo")]
    values = np.unique(perfil["mod_bacen"])[1:]
    columns = [perfil["nr_risco"], perfil["cob_garantia"], *logs]
    columns += [(perfil["mod_bacen"] == value).astype(float) for value in values]
    rows = StandardScaler().fit_transform(np.column_stack(columns))
    factors = FactorAnalysis(3, rotation="varimax", random_state=0)
    scores = factors.fit_transform(rows)
    best = -2
    for k in range(2, 7):
        labels = KMeans(k, n_init=20, random_state=0).fit(scores).labels_
        silhouette = silhouette_score(scores, labels, sample_size=10_000, random_state=0)
        if silhouette > best:
            best, chosen = silhouette, labels
    agreed.append(adjusted_rand_score(perfil["group"], chosen))
    ks.append(int(chosen.max()) + 1)
"""
TELL = """
print(json.dumps({"agreed": agreed, "ks": ks}))
"""


def make_clients(path: Path, clients: int) -> None:
    """Write the clients of each perfil, and the cluster each was planted in.

    Args:
        path: the file to make.
        clients: a perfil's.
    """
    arrays: dict[str, np.ndarray] = {}
    for perfil in range(PERFIS):
        chance = np.random.default_rng(perfil)
        group = chance.integers(0, len(TYPICAL), clients)
        usual = TYPICAL[group]
        noise = chance.normal(size=(5, clients))
        late = np.where(usual[:, 2] > 0, usual[:, 2] + 0.5 * noise[2], 0.0)
        contract = np.exp(usual[:, 3] + 0.35 * noise[3])
        due = np.clip(usual[:, 4] + 0.08 * noise[4], 0.01, 1)
        own = chance.random(clients) < 0.5
        columns = {
            "id": np.array([f"{each:08d}" for each in chance.permutation(clients)]),
            "group": group,
            "nr_risco": np.clip(np.round(usual[:, 0] + 0.9 * noise[0]), 1, 13),
            "cob_garantia": np.clip(usual[:, 1] + 12 * noise[1], 0, None),
            "nr_atraso": np.round(np.expm1(np.clip(late, 0, None))),
            "vl_contrato": np.round(contract, 2),
            "vl_saldo": np.round(contract * due, 2),
            "mod_bacen": MODALITIES[np.where(own, group, chance.integers(0, 6, clients))],
        }
        # ids are in no order; the planted cluster follows `segment`'s, which is by id.
        order = np.argsort(columns["id"])
        arrays |= {f"{perfil}.{name}": column[order] for name, column in columns.items()}
    np.savez(path, **arrays)


def main() -> None:
    """Make the clients, run all sides in turn, print the table."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    sides = {"read": READ, "ours": READ + OURS, "plain": READ + PLAIN}
    taken: dict[str, list[Measured]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clientes.npz"
        make_clients(path, clients)
        for run in range(max(RUNS.values())):
            for side in (side for side in sides if run < RUNS[side]):
                command = [sys.executable, "-W", "ignore", "-c", sides[side] + TELL, str(path)]
                taken[side].append(measure([*command, str(PERFIS_OF[side])]))
    read, ours, plain = (middle(taken[side]) for side in sides)
    print(f"perfis of {clients} clients x 6 features, median of {RUNS['ours']}")
    print("| work | perfis | seconds | peak MiB | agreement | k | seconds a perfil | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    anchor = plain.seconds / PERFIS_OF["plain"]
    for name, side, each in (("segmentation", "ours", ours), ("plain sklearn", "plain", plain)):
        told = json.loads(taken[side][-1].told)
        perfis = PERFIS_OF[side]
        agreed = f"{min(told['agreed']):.3f} to {max(told['agreed']):.3f}"
        print(
            f"| {name} | {perfis} | {each.seconds:.1f} | {each.peak_mb:.0f} | {agreed}"
            f" | {', '.join(map(str, sorted(set(told['ks']))))} | {each.seconds / perfis:.1f}"
            f" | {anchor / (each.seconds / perfis):.1f} |"
        )
    print(f"| reading alone | {PERFIS} | {read.seconds:.1f} | {read.peak_mb:.0f} | | | | |")


if __name__ == "__main__":
    main()
