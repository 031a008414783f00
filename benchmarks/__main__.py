"""`make bench`: all comparisons, one after another."""

from benchmarks import carteira, leitura_xlsx

for benchmark in (leitura_xlsx, carteira):
    print(f"\n## {benchmark.__name__}\n")
    benchmark.main()
