"""As whom the embedded PostgreSQL runs, and the way that this user needs to its files.

PostgreSQL refuses to run as root. For root it runs as the owner of the data folder, by default the
system user `pgserver`; for everybody else as themselves.
"""

import fcntl
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from market.base.settings import StartFault

SYSTEM_USER: Final = "pgserver"
USERS: Final = Path("/etc/passwd")
STARTING: Final = "starting.lock"
PRESENCE: Final = "presence.lock"
LOCKS: Final = (STARTING, PRESENCE)


class Owner(NamedTuple):
    """The system user as whom the server runs."""

    user: int
    group: int


def claim(data: Path, bundle: Path) -> Owner:
    """Make the data folder with its lock files, and say whose server runs in it.

    `bundle` is the folder of the PostgreSQL that this user must be able to run.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = (
            _claim_as_root(data, bundle) if os.geteuid() == 0 else Owner(os.geteuid(), os.getegid())
        )
        for name in LOCKS:
            (data / name).touch(mode=0o600)
            give(data / name, owner)
    except PermissionError:
        raise StartFault(
            f"不能使用数据文件夹 {data}：它属于另一个用户。请以那个用户运行，或另设 MARKET_DATA。",
            f"The data folder {data} belongs to another user. Run as that user, or set "
            "MARKET_DATA to another folder.",
        ) from None
    return owner


def _claim_as_root(data: Path, bundle: Path) -> Owner:
    found = data.stat()
    owner = Owner(found.st_uid, found.st_gid) if found.st_uid else _system_user()
    give(data, owner)
    data.chmod(0o700)
    _open_way(owner, data)
    _open_binaries(owner, bundle)
    return owner


def give(path: Path, owner: Owner) -> None:
    """What root makes here must also open for an ordinary owner who comes later."""
    if os.geteuid() == 0:
        os.chown(path, *owner, follow_symlinks=False)


def _system_user() -> Owner:
    try:
        return _named(SYSTEM_USER)
    except KeyError:
        with _adding_users():
            return _system_user_added()


@contextmanager
def _adding_users() -> Iterator[None]:
    """One process at a time: of two at once the last to write would undo the other's user."""
    with USERS.open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        yield


def _system_user_added() -> Owner:
    try:
        return _named(SYSTEM_USER)  # by another process, while this one waited
    except KeyError:
        return _add_system_user()


def _named(name: str) -> Owner:
    found = pwd.getpwnam(name)
    return Owner(found.pw_uid, found.pw_gid)


def _add_system_user() -> Owner:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        say(
            f"无法创建系统用户 {SYSTEM_USER}，数据库以 nobody 运行。",
            f"The system user {SYSTEM_USER} cannot be created; the database runs as nobody.",
        )
        return _named("nobody")
    say(
        f"已创建系统用户 {SYSTEM_USER}：PostgreSQL 不以 root 运行。",
        f"Created the system user {SYSTEM_USER}: PostgreSQL does not run as root.",
    )
    return _named(SYSTEM_USER)


def _open_way(owner: Owner, path: Path) -> None:
    """Let the database user pass through the folders above `path`, without listing them."""
    closed = [folder for folder in path.resolve().parents if not _may_pass(owner, folder)]
    for folder in closed:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
    if closed:
        names = " ".join(str(folder) for folder in closed)
        say(
            f"为使数据库用户能到达 {path}，已允许他人穿过（不可列出）：{names}",
            f"So that the database's user reaches {path}, others may now pass through (not list): "
            f"{names}",
        )


def _may_pass(owner: Owner, folder: Path) -> bool:
    found = folder.stat()
    if found.st_uid == owner.user:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == owner.group:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _open_binaries(owner: Owner, bundle: Path) -> None:
    """The bundled PostgreSQL may lie below a private folder, or be installed under umask 077."""
    _open_way(owner, bundle)
    libraries = bundle.parent.with_name(f"{bundle.parent.name}.libs")
    for folder in (bundle, libraries):
        if folder.exists() and not _all_may_read(folder):
            for path in (folder, *folder.rglob("*")):
                _let_all_read(path)


def _all_may_read(folder: Path) -> bool:
    """Judge by the folder itself: an installer gives all of a wheel the same umask."""
    return stat.S_IMODE(folder.stat().st_mode) & 0o005 == 0o005


def _let_all_read(path: Path) -> None:
    if not path.is_symlink():
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (mode & 0o500) >> 6)


def say(zh: str, en: str) -> None:
    print(f"{zh}\n{en}", file=sys.stderr)
