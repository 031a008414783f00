"""Where the embedded server keeps its things, and as whom it runs.

Two directories: `state` (in MIRANTE_HOME: password, port, log) and `base` (data and
configuration, which the server's user must reach). For an ordinary user they are the
same. Root cannot run Postgres, and the user it drops to cannot enter a 0700 home, so
root's `base` is under /var/lib/mirante.
"""

import fcntl
import hashlib
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loaders.errors import MiranteError
from loaders.settings import mirante_home

SYSTEM_DIR: Final = Path("/var/lib/mirante")
START_LOCK_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True)
class Layout:
    """The paths of one embedded server, and the account it runs under.

    Attributes:
        state: Password, port and log; private to whoever runs Mirante.
        base: Data and configuration; the server's account can enter it.
        account: Whom root drops to; None when already an ordinary user.
    """

    state: Path
    base: Path
    account: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.base / "data"

    @property
    def config_file(self) -> Path:
        """The configuration that Mirante writes anew at each start."""
        return self.base / "mirante.conf"

    @property
    def hba_file(self) -> Path:
        """Who may connect, from where."""
        return self.base / "pg_hba.conf"

    @property
    def alive_file(self) -> Path:
        """Locked (flock) by the server's processes for as long as one of them lives."""
        return self.base / "alive.lock"

    @property
    def log_file(self) -> Path:
        """The server's log.

        Opened by us and inherited, so that root never writes into a directory that the
        server's account owns.
        """
        return self.state / "server.log"

    @property
    def port_file(self) -> Path:
        """The port of the last start."""
        return self.state / "port"

    @property
    def password_file(self) -> Path:
        """The superuser's password, 0600."""
        return self.state / "password"

    @property
    def run_as(self) -> dict[str, Any]:
        """Arguments for subprocess that drop root's rights for good."""
        if self.account is None:
            return {}
        return {
            "user": self.account.pw_uid,
            "group": self.account.pw_gid,
            "extra_groups": [],
        }

    def make_directories(self) -> None:
        """Create `state` and `base`.

        Raises:
            MiranteError: If that is not allowed here, or they belong to somebody else.
        """
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.state.stat().st_uid
            if owner != os.geteuid():
                raise MiranteError(
                    f"{self.state} pertence ao usuário {user_name(owner)}. Rode o Mirante como"
                    " esse usuário, ou aponte MIRANTE_HOME para outro diretório."
                )
            self.state.chmod(0o700)
            if self.account is not None:
                # 0711 and root's own: the server's account passes through to `data`
                # and can replace nothing that root reads or writes.
                SYSTEM_DIR.mkdir(exist_ok=True)
                SYSTEM_DIR.chmod(0o755)
                self.base.mkdir(exist_ok=True)
                self.base.chmod(0o711)
        except OSError as error:
            raise MiranteError(
                f"não consegui criar {error.filename}: {error.strerror}. Aponte MIRANTE_HOME"
                " para um diretório em que você possa escrever."
            ) from None

    def own(self, path: Path) -> None:
        """Hand a file or directory to the server's account."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def read_password(self) -> str | None:
        """The stored password, or None before the first start."""
        return _read(self.password_file)

    def read_port(self) -> int | None:
        """The port of the last start, or None."""
        text = _read(self.port_file)
        return int(text) if text and text.isdecimal() else None

    @contextmanager
    def start_lock(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        descriptor = os.open(self.state / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + START_LOCK_TIMEOUT_S
            while not try_flock(descriptor):
                if time.monotonic() > deadline:
                    raise MiranteError(
                        "outro processo do Mirante está ligando ou desligando o servidor embutido"
                        f" há mais de {START_LOCK_TIMEOUT_S:.0f} s. Espere, ou encerre-o."
                    )
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)


def current_layout() -> Layout:
    """The layout of this MIRANTE_HOME for whoever is running."""
    home = Path(os.path.realpath(mirante_home()))
    state = home / "pg"
    if os.geteuid() != 0:
        return Layout(state=state, base=state, account=None)
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    base = SYSTEM_DIR / digest
    return Layout(state=state, base=base, account=_unprivileged_account(base / "data"))


def stored_password() -> str | None:
    """The embedded server's password in this MIRANTE_HOME, if it has one yet."""
    return current_layout().read_password()


def _unprivileged_account(data: Path) -> pwd.struct_passwd:
    """Whom root drops to: the data's owner, else `postgres`, else `nobody`."""
    try:
        return pwd.getpwuid(data.stat().st_uid)
    except (OSError, KeyError):
        pass
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MiranteError(
        "o Postgres não roda como root, e esta máquina não tem o usuário postgres nem o nobody."
        " Rode o Mirante como um usuário comum."
    )


def user_name(uid: int) -> str:
    """An account's name, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def try_flock(descriptor: int) -> bool:
    """Take an exclusive flock if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a small file whole or not at all, readable by whom `mode` says."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
