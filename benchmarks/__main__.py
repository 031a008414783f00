"""`make bench`: all comparisons, one after another."""

from benchmarks import carteira, cartoes_book, cartoes_carga, cartoes_curadas, leitura_xlsx

for benchmark in (leitura_xlsx, carteira, cartoes_carga, cartoes_curadas, cartoes_book):
    print(f"\n## {benchmark.__name__}\n")
    benchmark.main()
