"""The data directory and its configuration.

A data directory that exists under its final name is whole: it is made under another
name, database included, and renamed. The configuration is written anew at each start,
so an upgrade of Mirante reaches old data directories.
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Final

from loaders.embedded import binaries
from loaders.embedded.layout import Layout, write_private
from loaders.errors import MiranteError

USER: Final = "mirante"
DATABASE: Final = "mirante"
HOST: Final = "127.0.0.1"

_MB: Final = 1024 * 1024
# Parallel queries pass rows through /dev/shm, which containers often hold at 64 MB:
# a parallel hash join then dies with "No space left on device".
_SMALL_DEV_SHM_BYTES: Final = 1024 * _MB


def fsync_is_off() -> bool:
    """Whether tests traded durability for speed. Nothing else may."""
    return os.environ.get("MIRANTE_TEST_FSYNC", "").lower() == "off"


def server_environment() -> dict[str, str]:
    """What the server's programs see: nothing of ours, least of all PG* and secrets."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    if "TZ" in os.environ:
        environment["TZ"] = os.environ["TZ"]
    return environment


def create(layout: Layout, programs: Path, password: str) -> None:
    """Make the data directory with its user and database, whole or not at all."""
    for leftover in layout.base.glob(".new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = layout.base / ".new-data"
    password_file = layout.base / ".new-password"
    password_file.unlink(missing_ok=True)
    try:
        new.mkdir(mode=0o700)
        layout.own(new)
        # The server's account cannot open a pipe of root's, so initdb gets a file.
        write_private(password_file, password)
        layout.own(password_file)
        command = [
            str(programs / "initdb"),
            f"--pgdata={new}",
            f"--username={USER}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
        ]
        _run(layout, command + (["--no-sync"] if fsync_is_off() else []))
        _single_user(layout, programs, new, f"CREATE DATABASE {DATABASE};")
        new.rename(layout.data)
        _sync_directory(layout.base)
    except OSError as error:
        raise MiranteError(
            f"não consegui criar o banco de dados em {layout.base}: {error.strerror or error}."
        ) from None
    finally:
        password_file.unlink(missing_ok=True)


def check_version(layout: Layout) -> None:
    """Refuse data of another major version, which these programs cannot read.

    Raises:
        MiranteError: If so; says what to do.
    """
    try:
        found = (layout.data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise MiranteError(
            f"{layout.data} não é um diretório de dados legível ({error.strerror}). Se não"
            " precisa dele, apague-o e rode de novo."
        ) from None
    wanted = binaries.major_version()
    if found != wanted:
        raise MiranteError(
            f"os dados em {layout.data} são do PostgreSQL {found}, e este Mirante traz o"
            f" {wanted}. Para mantê-los, volte à versão anterior do Mirante, exporte com"
            ' `pg_dump "$(mirante db url)" > mirante.sql` e importe depois com psql; para'
            f" recomeçar vazio, apague {layout.data}."
        )


def reset_password(layout: Layout, programs: Path, password: str) -> None:
    """Give the user a new password, the server being down and the old one lost."""
    # token_urlsafe and token_hex have no quote to escape.
    _single_user(layout, programs, layout.data, f"ALTER ROLE {USER} PASSWORD '{password}';")


def new_password() -> str:
    """A password that needs no escaping anywhere."""
    return secrets.token_hex(24)


def write_configuration(layout: Layout, port: int) -> None:
    """Write mirante.conf and pg_hba.conf."""
    settings = {
        "listen_addresses": f"'{HOST}'",
        "port": str(port),
        # A socket's directory would be one more place to be kept from others.
        "unix_socket_directories": "''",
        "hba_file": _quoted(layout.hba_file),
        "password_encryption": "'scram-sha-256'",
        # Data must survive a power cut.
        "fsync": "off" if fsync_is_off() else "on",
        "full_page_writes": "off" if fsync_is_off() else "on",
        "synchronous_commit": "on",
        # Bulk loads and wide joins on one machine, a few sessions.
        "shared_buffers": "'256MB'",
        "work_mem": "'64MB'",
        "maintenance_work_mem": "'256MB'",
        "max_wal_size": "'4GB'",
        # Compiling costs more than it saves on models of this size.
        "jit": "off",
        # Rows hold personal data: errors must not copy them to the log.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_destination": "'stderr'",
        "logging_collector": "off",
        "log_line_prefix": "'%m [%p] '",
        "lc_messages": "'C'",
    }
    if _dev_shm_bytes() < _SMALL_DEV_SHM_BYTES:
        settings["dynamic_shared_memory_type"] = "sysv"
    lines = [
        "# Written by Mirante at each start; changes here are lost.",
        "# Use ALTER SYSTEM for your own settings.",
        f"include {_quoted(layout.data / 'postgresql.conf')}",
        *(f"{name} = {value}" for name, value in settings.items()),
    ]
    # Readable by the server's account; nothing in them is secret.
    write_private(layout.config_file, "\n".join(lines) + "\n", mode=0o644)
    write_private(
        layout.hba_file,
        "# Written by Mirante at each start; changes here are lost.\n"
        f"host all all {HOST}/32 scram-sha-256\n",
        mode=0o644,
    )


def _single_user(layout: Layout, programs: Path, data: Path, statement: str) -> None:
    command = [str(programs / "postgres"), "--single", "-D", str(data), "-c", "log_statement=none"]
    if fsync_is_off():
        command += ["-c", "fsync=off"]
    _run(layout, [*command, "postgres"], statement + "\n")


def _run(layout: Layout, command: list[str], text: str = "") -> None:
    try:
        result = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=server_environment(),
            timeout=300,
            umask=0o077,
            check=False,
            **layout.run_as,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MiranteError(
            f"não consegui executar {Path(command[0]).name}: {type(error).__name__}."
        ) from None
    # Single-user mode exits with 0 after a failed statement.
    if result.returncode != 0 or "ERROR:" in result.stderr or "FATAL:" in result.stderr:
        raise MiranteError(
            f"{Path(command[0]).name} falhou em {layout.base}."
            f" {explain(result.stderr + result.stdout)}"
        )


def explain(output: str) -> str:
    """What a failed program's output means, and its last lines."""
    causes = (
        ("No space left on device", "O disco está cheio."),
        ("Disk quota exceeded", "A cota de disco acabou."),
        ("Permission denied", "Falta permissão num arquivo ou diretório."),
        ("Read-only file system", "O disco só permite leitura."),
        ("Cannot allocate memory", "Falta memória."),
    )
    cause = next((f"{advice} " for needle, advice in causes if needle in output), "")
    tail = [line.strip() for line in output.splitlines() if line.strip()][-5:]
    return cause + ("Últimas linhas:\n  " + "\n  ".join(tail) if tail else "Não disse por quê.")


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"


def _dev_shm_bytes() -> int:
    try:
        status = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return _SMALL_DEV_SHM_BYTES  # no such thing here (macOS)
    return status.f_blocks * status.f_frsize


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
