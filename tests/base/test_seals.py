"""Seals: a chain over everything committed, that a change anywhere breaks."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest

from market.auditor import seals as audited
from market.base import db, seals
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.seals import Seal
from market.ledger import operations as ledger
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, customer_credit, leg


class Bench(NamedTuple):
    """A database of its own: the horizon is held back by nobody else's transaction."""

    addresses: Dsns
    app: Connection
    worker: Connection
    books: UUID


@pytest.fixture
async def bench(clone: Clone) -> AsyncIterator[Bench]:
    async with clone() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        yield Bench(addresses, app, worker, (await world.unit(app)).id)
        await app.close()
        await worker.close()


async def post(bench: Bench, times: int = 1) -> None:
    for _ in range(times):
        await books_of.post(bench.app, bench.books, leg(SUSPENSE, NET_ASSETS, 1))


async def sealed(bench: Bench) -> Seal:
    made = await seals.seal(bench.worker)
    assert made is not None
    return made


async def lines_of(conn: Connection, seal: Seal) -> list[str]:
    """The lines of a seal, read in one piece."""
    rows = await conn.fetch(
        """SELECT line FROM sealable
           WHERE (epoch, xid) >= ($1, $2::text::xid8) AND (epoch, xid) < ($3, $4::text::xid8)
           ORDER BY epoch, xid, source, id""",
        seal.from_epoch,
        str(seal.from_xid),
        seal.to_epoch,
        str(seal.to_xid),
    )
    return [row[0] for row in rows]


async def recomputed(conn: Connection, seal: Seal) -> bytes:
    lines = "\n".join(await lines_of(conn, seal))
    return hashlib.sha256(seal.previous_hash + lines.encode()).digest()


async def test_seals_chain_from_thirty_two_zeros_and_cover_each_row_once(bench: Bench) -> None:
    await post(bench, 3)
    first = await sealed(bench)
    await post(bench, 2)
    second = await sealed(bench)
    assert (first.number, first.previous_hash) == (1, bytes(32))
    assert (second.number, second.previous_hash, second.rows) == (2, first.hash, 2)
    assert (second.from_epoch, second.from_xid) == (first.to_epoch, first.to_xid)
    for seal in (first, second):
        assert await recomputed(bench.worker, seal) == seal.hash
    total = await bench.worker.fetchval("SELECT count(*) FROM sealable")
    assert first.rows + second.rows == total
    assert await seals.head(bench.worker) == second
    assert str(second) == f"2:{second.hash.hex()}"


async def test_nothing_new_is_no_seal(bench: Bench) -> None:
    await post(bench)
    await sealed(bench)
    assert await seals.seal(bench.worker) is None
    assert await seals.unsealed(bench.worker) == 0


async def test_a_long_log_is_sealed_in_parts_that_split_no_transaction(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "MOST_AT_ONCE", 3)
    async with db.act(bench.app, SYSTEM):
        await post(bench, 5)
    await post(bench, 4)
    await seals.keep_up(bench.worker)
    rows = [record[0] for record in await bench.worker.fetch("SELECT rows FROM seal")]
    assert await seals.unsealed(bench.worker) == 0
    assert sum(rows) == await bench.worker.fetchval("SELECT count(*) FROM sealable")
    assert len(rows) > 2
    assert any(each >= 5 for each in rows)
    auditor = await db.connect(bench.addresses.auditor)
    async with auditor.transaction():
        assert await audited.faults(auditor) == []
    await auditor.close()


async def test_what_is_not_sealed_is_counted(bench: Bench) -> None:
    before = await seals.unsealed(bench.worker)
    assert before > 0  # the events that made the unit
    await sealed(bench)
    await post(bench, 2)
    assert await seals.unsealed(bench.worker) == 2


async def test_a_straggler_is_waited_for(bench: Bench) -> None:
    await post(bench)  # opens the accounts, which the two below would wait for
    await sealed(bench)
    async with db.act(bench.app, SYSTEM):
        await ledger.post(bench.app, books_of.posting(bench.books, leg(SUSPENSE, NET_ASSETS, 1)))
        other = await db.connect(bench.addresses.app)
        await books_of.post(other, bench.books, leg(SUSPENSE, NET_ASSETS, 2))
        await other.close()
        assert await seals.seal(bench.worker) is None
        assert await seals.unsealed(bench.worker) == 1
    assert (await sealed(bench)).rows == 2


async def test_a_new_epoch_is_sealed_after_the_old_one(bench: Bench) -> None:
    await post(bench)
    owner = await asyncpg.connect(bench.addresses.owner)
    await owner.execute("SELECT open_epoch()")
    await owner.close()
    await post(bench)
    both = await sealed(bench)
    assert both.to_epoch == 2
    assert await recomputed(bench.worker, both) == both.hash
    epochs = [line.split("\x1f")[1] for line in await lines_of(bench.worker, both)]
    assert epochs == sorted(epochs)
    assert set(epochs) == {"1", "2"}


async def test_two_at_once_take_turns(bench: Bench) -> None:
    await post(bench, 5)
    other = await db.connect(bench.addresses.worker)
    made = await asyncio.gather(seals.seal(bench.worker), seals.seal(other))
    await other.close()
    assert [seal.number for seal in made if seal] == [1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transfer SET amount_minor = 2 WHERE id = (SELECT max(id) FROM transfer)",
        "UPDATE transfer SET credit_account = debit_account + 2",
        "DELETE FROM transfer",
        "UPDATE posting SET cause = 'another:1' WHERE id = (SELECT max(id) FROM posting)",
        "UPDATE posting SET effective_on = effective_on - 1",
        "UPDATE posting SET created_at = created_at + interval '1 microsecond'",
        "UPDATE posting SET actor = uuidv7()",
        "UPDATE account SET subject = uuidv7() WHERE kind = 'customer_credit'",
        "UPDATE account SET currency = 'USD'",
        "UPDATE event SET state_to = NULL, move = NULL WHERE move IS NOT NULL",
        "UPDATE event SET state_from = E'\\\\N' WHERE state_from IS NULL",
        "UPDATE event SET changed = '{\"forged\": true}' WHERE id = (SELECT max(id) FROM event)",
        "UPDATE event SET actor = uuidv7()",
        "DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
    ],
)
async def test_a_change_by_whoever_holds_the_database_breaks_the_seal(
    bench: Bench, change: str
) -> None:
    await books_of.post(bench.app, bench.books, leg(SUSPENSE, customer_credit(bench.books), 1))
    seal = await sealed(bench)
    assert await recomputed(bench.worker, seal) == seal.hash
    forger = await asyncpg.connect(bench.addresses.owner)
    await forger.execute(f"SET session_replication_role = replica; {change}")
    await forger.close()
    assert await recomputed(bench.worker, seal) != seal.hash


async def test_a_leaf_names_each_row_and_its_line(bench: Bench) -> None:
    await post(bench)
    seal = await sealed(bench)
    leaves: bytes = await bench.worker.fetchval("SELECT leaves FROM seal")
    lines = await lines_of(bench.worker, seal)
    assert len(leaves) == 17 * seal.rows
    for number, line in enumerate(lines):
        leaf, fields = leaves[17 * number : 17 * number + 17], line.split("\x1f")
        assert leaf[:1].decode() == fields[0][0]
        assert int.from_bytes(leaf[1:9], "big") == int(fields[3])
        assert leaf[9:] == hashlib.sha256(line.encode()).digest()[:8]


async def test_no_two_rows_can_have_one_line(bench: Bench) -> None:
    made = {
        await bench.worker.fetchval("SELECT sealed_line(VARIADIC $1::text[])", fields)
        for fields in (
            ["a", None],
            ["a", "\\N"],
            ["a", ""],
            ["a"],
            ["a\x1f"],
            ["a", "\x1f"],
            ["a\\x1f"],
            ["a\n"],
            ["a\\n"],
        )
    }
    assert len(made) == 9
    assert not any("\n" in line for line in made)


async def test_an_instant_is_written_in_microseconds(bench: Bench) -> None:
    await post(bench)
    seal = await sealed(bench)
    line = (await lines_of(bench.worker, seal))[-1]
    async with db.act(bench.worker, SYSTEM):
        micros = await bench.worker.fetchval(
            "SELECT (extract(epoch FROM max(created_at)) * 1000000)::bigint FROM posting"
        )
    assert line.split("\x1f")[4] == str(micros)


async def test_the_application_cannot_read_or_make_seals(bench: Bench) -> None:
    for statement in ("SELECT FROM sealable", "SELECT FROM seal", "DELETE FROM seal"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await bench.app.execute(statement)
