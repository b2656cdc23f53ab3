"""PostgreSQL 18 from a wheel, for those who bring no server of their own.

Several processes share one cluster. Each holds a shared lock on a file inside the data folder;
starting and stopping happen under a second, exclusive one. Whoever leaves and finds itself alone
stops the server. The system drops the locks of a killed process, so nothing is left to prune.

The server listens on a Unix socket only, in a folder that its owner alone may enter; therefore
every local connection is trusted. `server_owner` says as whom it runs.
"""

import fcntl
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from market.base import postmaster, server_owner
from market.base.server_owner import Owner
from market.base.settings import Settings, StartFault

SUPERUSER: Final = "postgres"
SOCKET: Final = "socket"
START_SECONDS: Final = 60
# A socket's whole path may take 107 bytes, and libpq splits its folder at commas and spaces.
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_./-]{1,90}")
FAST_OPTIONS: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "min_wal_size=32MB",
    "max_wal_size=192MB",
    "autovacuum=off",
    "file_copy_method=clone",
    # Connections that live for a test run each statement seldom: to plan it each time costs more.
    "plan_cache_mode=force_generic_plan",
)


class Dsns(msgspec.Struct, frozen=True):
    """Where each role finds the database; `owner` migrates, backs up and restores.

    Asking for one that the settings lack raises StartFault.
    """

    app: str
    worker: str
    given_auditor: str | None
    given_owner: str | None

    @property
    def auditor(self) -> str:
        return _given(self.given_auditor, "AUDITOR_DATABASE_URL")

    @property
    def owner(self) -> str:
        return _given(self.given_owner, "MIGRATE_DATABASE_URL")

    @property
    def logins(self) -> tuple[str, ...]:
        """The addresses at hand of the roles that log in, with their passwords."""
        return (self.app, self.worker, *([self.given_auditor] if self.given_auditor else []))


def _given(address: str | None, variable: str) -> str:
    if address is None:
        raise StartFault(
            f"此命令需要数据库地址 {variable}，请设置它后重试。",
            f"This command needs the database address {variable}. Set it and try again.",
        )
    return address


class Cluster(msgspec.Struct, frozen=True):
    """A running cluster; `data` is its folder, not PostgreSQL's, which lies inside."""

    data: Path
    owner: Owner
    socket: Path

    def dsn(self, role: str, database: str = "market") -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='/')}&port=5432"

    def dsns(self, database: str = "market") -> Dsns:
        roles = ("market_app", "market_worker", "market_auditor", SUPERUSER)
        return Dsns(*(self.dsn(role, database) for role in roles))

    @property
    def postmaster_pid(self) -> int | None:
        """The server's process, or None when it does not run."""
        return postmaster.living(self.data)

    def stop(self) -> None:
        """Stop the server whoever else uses it; open connections are cut."""
        _stop(self.data, self.owner)


@contextmanager
def dsns(settings: Settings) -> Iterator[Dsns]:
    """The addresses from the settings, or those of the embedded cluster in MARKET_DATA/pg."""
    if settings.database_url is None:
        with cluster(settings.data / "pg") as running:
            yield running.dsns()
    else:
        yield Dsns(
            app=settings.database_url,
            worker=settings.worker_database_url or settings.database_url,
            given_auditor=settings.auditor_database_url,
            given_owner=settings.migrate_database_url,
        )


@contextmanager
def cluster(data: Path, *, fast: bool = False) -> Iterator[Cluster]:
    """Join the cluster in `data`, made and started as needed, with a database named market.

    `fast` forgoes safety against power failure and all housekeeping, for tests. Raises StartFault.
    """
    data = data.absolute()
    owner = server_owner.claim(data, postmaster.binary("").parent)
    with ExitStack() as leaving:
        with _starting(data):
            leaving.enter_context(_presence(data, owner))
            running = Cluster(data, owner, _socket_folder(data, owner))
            _make(data, owner, ("--no-sync",) if fast else ())
            _start(running, FAST_OPTIONS if fast else ())
            _make_database(running)
        yield running


def found(data: Path) -> Cluster:
    """The cluster in `data` as it is, running or not, without joining it."""
    data = data.absolute()
    folder = data.stat()
    owner = Owner(folder.st_uid, folder.st_gid)
    return Cluster(data, owner, _noted_socket_folder(data, owner) or data)


# Locks


@contextmanager
def _starting(data: Path) -> Iterator[None]:
    """Alone among all who start or stop this cluster."""
    with (data / server_owner.STARTING).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _presence(data: Path, owner: Owner) -> Iterator[None]:
    """One of those who use this cluster; the last to leave stops it."""
    with (data / server_owner.PRESENCE).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            _leave(data, owner, file.fileno())


def _leave(data: Path, owner: Owner, presence: int) -> None:
    fcntl.flock(presence, fcntl.LOCK_UN)
    with _starting(data):
        try:
            fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop(data, owner)


# The folder and its socket


def _make(data: Path, owner: Owner, options: tuple[str, ...]) -> None:
    """Initialise beside and rename, so that an interrupted start leaves nothing half made."""
    home, fresh = postmaster.home(data), data / "cluster.new"
    if home.exists():
        _check_major(home)
        return
    shutil.rmtree(fresh, ignore_errors=True)
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    made = postmaster.run(
        owner,
        data,
        "initdb",
        "--pgdata=cluster.new",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        *locale,
        "--data-checksums",
        "--auth-local=trust",
        "--auth-host=reject",
        "--no-instructions",
        *options,
    )
    if made.returncode:
        raise _failed("无法建立数据库", "The database cannot be made", made.stderr)
    fresh.rename(home)


def _check_major(home: Path) -> None:
    found = (home / "PG_VERSION").read_text().strip()
    if found != str(postmaster.MAJOR):
        raise StartFault(
            f"{home} 中的数据属于 PostgreSQL {found}，这里需要 {postmaster.MAJOR}。"
            "请用制作它的版本备份，再恢复到新文件夹。",
            f"The data in {home} is PostgreSQL {found}'s, and {postmaster.MAJOR} is needed. Back "
            "it up with the version that made it, and restore it into a new folder.",
        )


def _socket_folder(data: Path, owner: Owner) -> Path:
    """The data folder itself, or a short private one whose name is kept beside the data."""
    if PLAIN_PATH.fullmatch(str(data)):
        return data
    noted = _noted_socket_folder(data, owner)
    if noted is not None:
        return noted
    folder = Path(tempfile.mkdtemp(prefix="market-", dir=_short_folder()))
    server_owner.give(folder, owner)
    (data / SOCKET).write_text(str(folder))
    server_owner.give(data / SOCKET, owner)
    return folder


def _noted_socket_folder(data: Path, owner: Owner) -> Path | None:
    """The one made earlier, if it is still there and nobody else's."""
    try:
        folder = Path((data / SOCKET).read_text())
        found = folder.lstat()
    except FileNotFoundError:
        return None
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    return folder if private and found.st_uid == owner.user else None


def _short_folder() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if PLAIN_PATH.fullmatch(str(usual / "market-12345678")) else Path("/tmp")  # noqa: S108


# The server


def _start(running: Cluster, options: tuple[str, ...]) -> None:
    """Bring the server up, and prove it with a real connection.

    A start may fail for a moment (the children of a killed postmaster still hold its shared
    memory) or take long (recovery after a crash), so it is tried until START_SECONDS are over.
    """
    began, told = time.monotonic(), False
    while not _answers(running):
        if postmaster.living(running.data) is None:
            postmaster.launch(running.data, running.owner, running.socket, options)
        waited = time.monotonic() - began
        if waited > START_SECONDS:
            raise _failed("数据库没有启动", "The database did not start", _log(running.data))
        if waited > postmaster.QUIET_SECONDS and not told:
            told = True
            server_owner.say(
                "数据库正在启动（上次未正常结束，需要恢复）……",
                "The database is starting (it was not shut down, and recovers)…",
            )
        time.sleep(0.05)


def _answers(running: Cluster) -> bool:
    version = _ask(running, SUPERUSER, "SHOW server_version_num")
    if version.returncode:
        return False
    if int(version.stdout) < postmaster.MAJOR * 10_000:
        raise StartFault(
            f"数据库版本为 {version.stdout.strip()}，至少需要 {postmaster.MAJOR}。",
            f"The database is version {version.stdout.strip()}; at least {postmaster.MAJOR} is "
            "needed.",
        )
    return True


def _make_database(running: Cluster) -> None:
    found = _ask(running, SUPERUSER, "SELECT 1 FROM pg_database WHERE datname = 'market'")
    made = _ask(running, SUPERUSER, "CREATE DATABASE market") if not found.stdout else found
    if made.returncode:
        raise _failed("无法建立数据库", "The database cannot be made", made.stderr)


def _ask(running: Cluster, database: str, sql: str) -> subprocess.CompletedProcess[str]:
    dsn = running.dsn(SUPERUSER, database)
    return postmaster.run(
        running.owner, running.data, "psql", "-XAtq", f"--dbname={dsn}", f"--command={sql}"
    )


def _stop(data: Path, owner: Owner) -> None:
    postmaster.stop(data, owner)
    folder = _noted_socket_folder(data, owner)
    if folder is not None:
        shutil.rmtree(folder)


def _log(data: Path) -> str:
    log = data / "log"
    return log.read_text(errors="replace") if log.exists() else ""


def _failed(zh: str, en: str, output: str) -> StartFault:
    last = "\n".join(output.strip().splitlines()[-8:])
    return StartFault(f"{zh}。", f"{en}:\n{last}")
