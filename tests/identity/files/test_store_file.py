"""Keeping a file: for the sender's organisation alone, until an act shares it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from asyncpg import InsufficientPrivilegeError

from market.base import db, files
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.files import File, NoReader, Shelf
from market.identity.files import operations
from tests.world import identity as world

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "files", limit_bytes=1_000_000)


async def stored(
    conn: Connection, actor: Actor, shelf: Shelf, content: bytes = PDF, name: str = "报告.pdf"
) -> File:
    async def once() -> AsyncIterator[bytes]:
        yield content

    async with files.receive(shelf, name, once()) as upload:
        return await operations.store_file(conn, actor, upload)


async def found(conn: Connection, actor: Actor, file: File) -> File:
    async with db.look(conn, actor):
        return await files.find(conn, actor, file.id)


async def test_the_bytes_lie_under_their_hash_and_the_row_says_what_they_are(
    conn: Connection, shelf: Shelf
) -> None:
    clerk = await world.person(conn, await world.unit(conn), Role.CLERK)
    file = await stored(conn, clerk, shelf)
    assert shelf.path_of(file.sha256).read_bytes() == PDF
    assert (file.name, file.media_type, file.size_bytes) == (
        "报告.pdf",
        "application/pdf",
        len(PDF),
    )
    assert await found(conn, clerk, file) == file
    assert msgspec.convert(msgspec.to_builtins(file), File) == file


async def test_equal_bytes_are_kept_once_for_two_files(conn: Connection, shelf: Shelf) -> None:
    clerk = await world.person(conn, await world.unit(conn), Role.CLERK)
    first = await stored(conn, clerk, shelf)
    second = await stored(conn, clerk, shelf, name="副本.pdf")
    assert first.id != second.id
    assert shelf.path_of(first.sha256) == shelf.path_of(second.sha256)


async def test_a_stranger_does_not_find_the_file(conn: Connection, shelf: Shelf) -> None:
    file = await stored(conn, await world.person(conn, await world.unit(conn)), shelf)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    with pytest.raises(NotFound):
        await found(conn, stranger, file)


async def test_row_level_security_alone_still_hides_the_file(
    conn: Connection, shelf: Shelf
) -> None:
    file = await stored(conn, await world.person(conn, await world.unit(conn)), shelf)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    with pytest.raises(NotFound):
        await found(conn, world.as_if_all_were_visible(stranger), file)


async def test_sharing_lets_the_other_side_read_and_nobody_else(
    conn: Connection, shelf: Shelf
) -> None:
    unit, enterprise = await world.unit(conn), await world.enterprise(conn)
    clerk = await world.person(conn, unit, Role.CLERK)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    third = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    file = await stored(conn, clerk, shelf)
    async with db.act(conn, clerk):
        await files.share(conn, file.id, [enterprise.id, unit.id])
    assert await found(conn, buyer, file) == file
    with pytest.raises(NotFound):
        await found(conn, third, file)


async def test_who_cannot_read_a_file_cannot_share_it_either(
    conn: Connection, shelf: Shelf
) -> None:
    file = await stored(conn, await world.person(conn, await world.unit(conn)), shelf)
    enterprise = await world.enterprise(conn)
    stranger = await world.person(conn, enterprise, Role.BUYER)
    third = await world.enterprise(conn)
    with pytest.raises(InsufficientPrivilegeError):
        async with db.act(conn, stranger):
            await files.share(conn, file.id, [third.id])


async def test_a_unit_above_reads_the_files_of_its_subtree(conn: Connection, shelf: Shelf) -> None:
    above = await world.unit(conn)
    below = await world.unit(conn, parent=above)
    file = await stored(conn, await world.person(conn, below), shelf)
    auditor = await world.person(conn, above, Role.AUDITOR)
    assert await found(conn, auditor, file) == file


async def test_a_sender_who_acts_for_nobody_is_refused(conn: Connection, shelf: Shelf) -> None:
    with pytest.raises(NoReader):
        await stored(conn, SYSTEM, shelf)
