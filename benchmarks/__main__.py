"""`make bench`: all comparisons, one after another."""

from benchmarks import (
    banco_metricas,
    carteira,
    cartoes_book,
    cartoes_carga,
    cartoes_curadas,
    cvcrm_carga,
    divergencias,
    leitores,
    leitura_xlsx,
    segmentacao,
    simulador,
)

for benchmark in (
    leitura_xlsx,
    carteira,
    cartoes_carga,
    cartoes_curadas,
    cartoes_book,
    cvcrm_carga,
    segmentacao,
    banco_metricas,
    divergencias,
    leitores,
    simulador,
):
    print(f"\n## {benchmark.__name__}\n")
    benchmark.main()
