"""`make bench`: all comparisons, one after another."""

from benchmarks import carteira, cartoes_carga, leitura_xlsx

for benchmark in (leitura_xlsx, carteira, cartoes_carga):
    print(f"\n## {benchmark.__name__}\n")
    benchmark.main()
