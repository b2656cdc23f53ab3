"""Keeping a file: for the sender's organisation alone, until an act shares it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from asyncpg import InsufficientPrivilegeError

from market.base import clock, db, files
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.files import DailyUploadsSpent, File, NoReader, Shelf, StorageFull
from market.identity.files import operations
from market.identity.policies import operations as policies
from market.identity.policies.model import Proposal
from tests.identity.conftest import Market
from tests.world import identity as world

QUOTA = ("organisation_bytes", "person_day_bytes", "person_day_files")
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


async def limited(conn: Connection, actor: Actor, **limits: int) -> None:
    """The organisation's own quota; what it does not name is without bounds."""
    body = {field: limits.get(field, 2**50) for field in QUOTA}
    proposal = Proposal(
        name="files.quota",
        unit_id=actor.organisation_id,
        effective_on=await clock.today(conn) + timedelta(days=1),
        body=body,
        source="理事会决议",
    )
    first, second = await world.two_administrators(conn)
    proposed = await policies.propose_policy(conn, first, proposal)
    await policies.approve_policy(conn, second, proposed.id)


async def test_an_organisation_keeps_no_more_than_its_quota(market: Market, shelf: Shelf) -> None:
    unit = await world.unit(market.conn)
    clerk, colleague = [await world.person(market.conn, unit, Role.CLERK) for _ in "ab"]
    await limited(market.conn, clerk, organisation_bytes=2 * len(PDF))
    await market.pass_time(days=1)
    for each in (clerk, colleague):
        await stored(market.conn, each, shelf)

    with pytest.raises(StorageFull):
        await stored(market.conn, clerk, shelf)
    other = await world.person(market.conn, await world.unit(market.conn), Role.CLERK)
    await stored(market.conn, other, shelf)


@pytest.mark.parametrize(
    "limits", [{"person_day_files": 2}, {"person_day_bytes": 3 * len(PDF) - 1}], ids=str
)
async def test_a_person_sends_no_more_a_day_and_goes_on_tomorrow(
    market: Market, shelf: Shelf, limits: dict[str, int]
) -> None:
    unit = await world.unit(market.conn)
    clerk, colleague = [await world.person(market.conn, unit, Role.CLERK) for _ in "ab"]
    await limited(market.conn, clerk, **limits)
    await market.pass_time(days=1)
    for _ in range(2):
        await stored(market.conn, clerk, shelf)

    with pytest.raises(DailyUploadsSpent) as refused:
        await stored(market.conn, clerk, shelf)
    assert 0 < refused.value.retry_after_seconds <= 86_400
    await stored(market.conn, colleague, shelf)
    await market.pass_time(days=1)
    await stored(market.conn, clerk, shelf)


async def test_what_is_kept_for_some_roles_is_neither_read_nor_attached_in_others(
    conn: Connection, shelf: Shelf
) -> None:
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    clerk = await world.person(conn, unit, Role.CLERK)
    above = await world.person(conn, await world.root(conn), Role.AUDITOR)

    async with files.receive(shelf, "流水.pdf", one_chunk()) as upload, db.act(conn, finance):
        file = await files.store(conn, finance, upload, for_roles=[Role.FINANCE, Role.AUDITOR])

    assert await found(conn, finance, file) == await found(conn, above, file) == file
    for each in (clerk, world.as_if_all_were_visible(clerk)):
        with pytest.raises(NotFound):
            await found(conn, each, file)
    # As if the query asked for no role: row-level security still does.
    for actor, rows in ((clerk, 0), (finance, 1)):
        async with db.look(conn, actor):
            for table, column in (("file", "id"), ("file_reader", "file_id")):
                sql = f"SELECT count(*) FROM {table} WHERE {column} = $1"
                assert await conn.fetchval(sql, file.id) == rows


async def one_chunk() -> AsyncIterator[bytes]:
    yield PDF
