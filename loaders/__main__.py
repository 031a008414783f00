"""`python -m loaders`: the same as `mirante`."""

from loaders.cli import main

if __name__ == "__main__":
    main()
