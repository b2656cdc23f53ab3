"""Each trap of an embedded server, sprung for real."""

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from market.base import embedded, postmaster, server_owner, settings
from market.base.embedded import Cluster, Dsns
from market.base.settings import StartFault

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")

HOLDER = """
import sys
from pathlib import Path
from market.base import embedded
with embedded.cluster(Path(sys.argv[1]), fast=True):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own folder: another run would take back what root opened on the way to it."""
    made = Path(tempfile.mkdtemp(prefix="market-embedded-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    """One cluster for most tests; each leaves it stopped, and some leave it crashed."""
    return folder / "pg"


def ask(running: Cluster, sql: str, database: str = "market") -> str:
    dsn = running.dsn(embedded.SUPERUSER, database)
    psql = str(postmaster.binary("psql"))
    command = [psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def hold(data: Path) -> subprocess.Popen[str]:
    """Another process that uses the cluster until its input ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "in\n"
    return holder


def end(holder: subprocess.Popen[str], *, kill: bool = False) -> None:
    if kill:
        holder.kill()
    holder.communicate()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("waited 10 s in vain")


def test_the_first_start_makes_a_database_and_the_second_finds_it(data: Path) -> None:
    with embedded.cluster(data, fast=True) as running:
        assert int(ask(running, "SHOW server_version_num")) >= 180_000
        assert ask(running, "SHOW data_checksums") == "on"
        assert ask(running, "SHOW max_connections") == "100"
        assert ask(running, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == (
            "UTF8"
        )
        ask(running, "CREATE TABLE kept AS SELECT 7 AS number")
    assert running.postmaster_pid is None
    with embedded.cluster(data) as running:
        assert ask(running, "SELECT number FROM kept") == "7"
        assert ask(running, "SHOW fsync") == "on"


def test_nobody_else_can_reach_the_server(data: Path) -> None:
    with embedded.cluster(data, fast=True) as running:
        assert ask(running, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(running.socket.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["数据 夹; 'x' $HOME", "long" * 30])
def test_the_data_may_lie_anywhere(folder: Path, name: str) -> None:
    with embedded.cluster(folder / name / "pg", fast=True) as running:
        assert ask(running, "SELECT 1") == "1"
        assert running.socket != running.data
        assert stat.S_IMODE(running.socket.stat().st_mode) == 0o700
        with embedded.cluster(folder / name / "pg", fast=True) as joined:
            assert joined.dsns() == running.dsns()
    assert not running.socket.exists()


def test_neither_path_nor_postgresql_variables_matter(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for name in ("PGDATA", "PGHOST", "PGPORT", "PGOPTIONS", "PGDATABASE", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    with embedded.cluster(data, fast=True) as running:
        assert running.postmaster_pid is not None


def test_the_last_to_leave_stops_the_server(data: Path) -> None:
    with embedded.cluster(data, fast=True) as running:
        holder = hold(data)
    assert running.postmaster_pid is not None
    end(holder)
    assert running.postmaster_pid is None


def test_two_users_in_one_process_are_two(data: Path) -> None:
    with embedded.cluster(data, fast=True):
        with embedded.cluster(data, fast=True):
            pass
        assert embedded.found(data).postmaster_pid is not None
    assert embedded.found(data).postmaster_pid is None


def test_a_killed_user_does_not_keep_the_server_alive(data: Path) -> None:
    with embedded.cluster(data, fast=True) as running:
        end(hold(data), kill=True)
    assert running.postmaster_pid is None


def test_after_a_killed_user_the_next_one_joins_the_server_and_stops_it(data: Path) -> None:
    end(hold(data), kill=True)
    before = embedded.found(data).postmaster_pid
    assert before is not None
    with embedded.cluster(data, fast=True) as running:
        assert running.postmaster_pid == before
    assert running.postmaster_pid is None


def test_four_at_once_share_one_server(data: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(data)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    assert [holder.communicate()[0] for holder in holders] == ["in\n"] * 4
    assert [holder.returncode for holder in holders] == [0] * 4
    assert embedded.found(data).postmaster_pid is None


def test_a_killed_server_comes_up_again_with_what_was_committed(data: Path) -> None:
    with embedded.cluster(data) as running:  # Not fast: that may lose the last commits.
        ask(running, "CREATE TABLE committed AS SELECT g FROM generate_series(1, 1000) g")
        pid = running.postmaster_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    with embedded.cluster(data, fast=True) as running:
        assert ask(running, "SELECT count(*) FROM committed") == "1000"
        assert running.postmaster_pid != pid


def test_a_killed_servers_busy_child_is_ended(data: Path) -> None:
    busy = "SELECT count(*) FROM generate_series(1, 2000000000)"
    with embedded.cluster(data, fast=True) as running:
        dsn = running.dsn(embedded.SUPERUSER)
        client = subprocess.Popen(
            [postmaster.binary("psql"), "-X", "-d", dsn, "-c", busy],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        active = f"SELECT count(*) FROM pg_stat_activity WHERE query = '{busy}'"
        until(lambda: ask(running, active) == "1")
        pid = running.postmaster_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with embedded.cluster(data, fast=True) as again:
            assert ask(again, "SELECT 1") == "1"
            assert again.postmaster_pid != pid
        client.communicate()


def test_a_process_id_given_to_a_stranger_does_not_block_the_start(data: Path) -> None:
    with embedded.cluster(data, fast=True) as running:
        pid = running.postmaster_pid
        assert pid is not None
        note = (data / "cluster" / "postmaster.pid").read_text()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(pid))
    owner = running.owner.user if os.geteuid() == 0 else None
    sleep = shutil.which("sleep")
    assert sleep is not None
    stranger = subprocess.Popen([sleep, "60"], user=owner)
    try:
        (data / "cluster" / "postmaster.pid").write_text(note.replace(str(pid), f"{stranger.pid}"))
        with embedded.cluster(data, fast=True) as running:
            assert ask(running, "SELECT 1") == "1"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_making_is_begun_anew(folder: Path) -> None:
    half = folder / "half" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.cluster(folder / "half", fast=True) as running:
        assert ask(running, "SELECT 1") == "1"


def test_data_of_another_version_is_refused_in_both_languages(folder: Path) -> None:
    home = folder / "old" / "cluster"
    home.mkdir(parents=True)
    (home / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartFault, match="PostgreSQL 16") as caught, embedded.cluster(home.parent):
        pass
    assert "备份" in caught.value.zh


def test_a_server_that_cannot_start_says_why(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_SECONDS", 0)
    broken = folder / "broken" / "cluster"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("18\n")
    with pytest.raises(StartFault, match=r"postgresql\.conf"), embedded.cluster(broken.parent):
        pass


def test_given_addresses_are_used_and_nothing_is_started(tmp_path: Path) -> None:
    names = ("DATABASE_URL", "WORKER_DATABASE_URL", "AUDITOR_DATABASE_URL", "MIGRATE_DATABASE_URL")
    given = {name: f"postgresql://{number}@db/market" for number, name in enumerate(names)}
    loaded = settings.load(given | {"MARKET_DATA": str(tmp_path / "data")})
    with embedded.dsns(loaded) as addresses:
        assert [addresses.app, addresses.worker, addresses.auditor, addresses.owner] == list(
            given.values()
        )
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_not_given_is_named_when_it_is_needed() -> None:
    addresses = Dsns("postgresql://app@db/market", "postgresql://worker@db/market", None, None)
    assert addresses.logins == (addresses.app, addresses.worker)
    with pytest.raises(StartFault, match="AUDITOR_DATABASE_URL"):
        _ = addresses.auditor
    with pytest.raises(StartFault, match="MIGRATE_DATABASE_URL"):
        _ = addresses.owner


@as_root
def test_root_makes_the_way_passable_and_says_so(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    with embedded.cluster(private / "pg", fast=True) as running:
        assert pwd.getpwuid(running.owner.user).pw_name in ("pgserver", "nobody")
    assert stat.S_IMODE(private.stat().st_mode) == 0o701
    assert str(private) in capfd.readouterr().err
    with embedded.cluster(private / "pg", fast=True):
        pass
    assert capfd.readouterr().err == ""


@as_root
def test_root_serves_an_ordinary_owners_data_as_that_owner(folder: Path) -> None:
    owner = pwd.getpwnam("nobody")
    (folder / "theirs").mkdir()
    os.chown(folder / "theirs", owner.pw_uid, owner.pw_gid)
    with embedded.cluster(folder / "theirs", fast=True) as running:
        pid = running.postmaster_pid
        assert pid is not None
        assert psutil.Process(pid).uids().real == owner.pw_uid
    assert {path.stat().st_uid for path in (folder / "theirs").iterdir()} == {owner.pw_uid}


@as_root
def test_without_useradd_the_server_runs_as_nobody_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server_owner, "SYSTEM_USER", "market-absent")
    monkeypatch.setenv("PATH", "/nowhere")
    with embedded.cluster(folder / "without" / "pg", fast=True) as running:
        assert running.owner.user == pwd.getpwnam("nobody").pw_uid
    assert "runs as nobody" in capfd.readouterr().err


CLAIM = """
import sys
from pathlib import Path
from market.base import postmaster, server_owner
server_owner.SYSTEM_USER, bundle = sys.argv[1], postmaster.binary("").parent
print("ready", flush=True)
sys.stdin.read()
print(server_owner.claim(Path(sys.argv[2]), bundle).user)
"""


@as_root
def test_two_that_start_at_once_on_a_new_machine_run_as_one_user(folder: Path) -> None:
    name = f"market-{secrets.token_hex(4)}"
    with_useradd = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    waiting, released = os.pipe()
    try:
        several = [
            subprocess.Popen(
                [sys.executable, "-c", CLAIM, name, str(folder / place)],
                stdin=waiting,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=with_useradd,
            )
            for place in "abcd"
        ]
        for process in several:
            assert process.stdout is not None
            process.stdout.readline()
        os.close(waiting)
        os.close(released)
        users = {int(process.communicate()[0]) for process in several}
        assert users == {pwd.getpwnam(name).pw_uid}
    finally:
        subprocess.run(["/usr/sbin/userdel", name], check=True)


@as_root
def test_binaries_installed_for_root_alone_are_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, wheel = postmaster.binary("").parents[1], folder / "wheel"
    bundle = wheel / installed.name / postmaster.binary("").parent.name
    shutil.copytree(postmaster.binary("").parent, bundle, symlinks=True)
    libraries = installed.with_name(f"{installed.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, wheel / libraries.name, symlinks=True)
    for path in wheel.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    wheel.chmod(0o700)
    monkeypatch.setattr(postmaster, "binary", lambda name: bundle / "bin" / name)
    with embedded.cluster(folder / "opened" / "pg", fast=True) as running:
        assert ask(running, "SELECT 1") == "1"


@as_user
def test_a_folder_of_another_user_is_refused_in_both_languages() -> None:
    with pytest.raises(StartFault, match="another user"), embedded.cluster(Path("/root/pg")):
        pass
