"""Reading postings and accounts, page by page, and only one's own."""

from datetime import date
from uuid import UUID, uuid4

import msgspec
import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import explaining, operations, queries
from market.ledger.model import AccountBalance, FullPosting, NotAReader
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, customer_credit, leg, receivable

LAST_DAY = date(2026, 12, 31)


class Blind(Actor, frozen=True):
    """Somebody whose queries forget their visibility clause."""

    @property
    def visible(self) -> None:
        return None


async def test_postings_come_newest_month_first_and_page_by_page(conn: Connection) -> None:
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    for name, month in (("a:1", 4), ("a:2", 3), ("a:3", 4), ("a:4", 3), ("a:5", 5)):
        await books_of.post(
            conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1), named=name, on=date(2026, month, 2)
        )
    read: list[FullPosting] = []
    async with db.act(conn, finance):
        while True:
            after = read[-1].public_id if read else None
            page = await operations.list_postings(
                conn, finance, unit.id, month=None, after=after, limit=2
            )
            if not page:
                break
            read += page
        march = await operations.list_postings(
            conn, finance, unit.id, month=date(2026, 3, 1), after=None, limit=10
        )
    assert [posting.cause for posting in read] == ["a:5", "a:3", "a:1", "a:4", "a:2"]
    assert [posting.cause for posting in march] == ["a:4", "a:2"]
    assert [transfer.amount_minor for transfer in read[0].transfers] == [1]


async def test_accounts_come_by_kind_and_subject_page_by_page(conn: Connection) -> None:
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    buyers = sorted([uuid4(), uuid4()])
    for buyer in buyers:
        await books_of.post(conn, unit.id, leg(receivable(buyer), NET_ASSETS, 3))
        await books_of.post(conn, unit.id, leg(SUSPENSE, customer_credit(buyer), 2))
    read: list[AccountBalance] = []
    async with db.act(conn, finance):
        while True:
            last = read[-1] if read else None
            page = await operations.list_accounts(
                conn,
                finance,
                unit.id,
                until=None,
                after=(last.kind, last.subject, last.currency) if last else None,
                limit=2,
            )
            if not page:
                break
            read += page
    assert [(row.kind, row.subject, row.balance_minor) for row in read] == [
        ("customer_credit", buyers[0], 2),
        ("customer_credit", buyers[1], 2),
        ("net_assets", None, 6),
        ("receivable", buyers[0], 3),
        ("receivable", buyers[1], 3),
        ("suspense", None, -4),
    ]
    answer = msgspec.json.encode(read[0])
    assert msgspec.json.decode(answer, type=AccountBalance) == read[0]


async def test_a_posting_explains_itself(conn: Connection) -> None:
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    buyer = uuid4()
    posted = await books_of.post(
        conn,
        unit.id,
        leg(SUSPENSE, receivable(buyer), 5),
        leg(SUSPENSE, customer_credit(buyer), 7),
        named="receipt:1",
    )
    assert posted is not None
    async with db.act(conn, finance):
        explained = await explaining.explain_posting(conn, finance, posted.public_id)
    assert explained.inputs["cause"] == "receipt:1"
    assert [step.rule_id for step in explained.steps] == [
        explaining.IN_ITS_MONTH,
        explaining.TRANSFER,
        explaining.TRANSFER,
    ]
    assert explained.steps[2].zh == "借：待查款；贷：客户预存款。"
    assert explained.result["totals_minor"] == {"CNY": 12}


async def test_the_answer_names_the_posting_by_its_public_id(conn: Connection) -> None:
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    posted = await books_of.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    async with db.act(conn, finance):
        found = await operations.read_posting(conn, finance, posted.public_id)
    answer = msgspec.json.encode(found)
    assert msgspec.json.decode(answer)["id"] == str(posted.public_id)
    assert msgspec.json.decode(answer, type=FullPosting) == found


async def test_a_parent_reads_the_books_below_and_not_the_other_way(conn: Connection) -> None:
    above = await world.unit(conn)
    below = await world.unit(conn, parent=above)
    leader, child = (
        await world.person(conn, above, Role.LEADER),
        await world.person(conn, below, Role.LEADER),
    )
    for unit in (above, below):
        await books_of.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1))
    async with db.act(conn, leader):
        assert await operations.list_postings(
            conn, leader, below.id, month=None, after=None, limit=5
        )
    with pytest.raises(NotFound):
        await operations.list_postings(conn, child, above.id, month=None, after=None, limit=5)


async def test_a_colleague_without_a_reading_role_is_told_so_and_a_stranger_nothing(
    conn: Connection,
) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)
    posted = await books_of.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    clerk = await world.person(conn, unit, Role.CLERK)
    stranger = await world.person(conn, other, Role.FINANCE)
    for reader, refusal in ((clerk, NotAReader), (stranger, NotFound)):
        async with db.act(conn, reader):
            with pytest.raises(refusal):
                await operations.read_posting(conn, reader, posted.public_id)


async def test_row_level_security_alone_still_hides(conn: Connection) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)
    buyer = uuid4()
    posted = await books_of.post(conn, unit.id, leg(SUSPENSE, customer_credit(buyer), 1))
    assert posted is not None
    stranger = await world.person(conn, other, Role.FINANCE)
    blind = Blind(stranger.person_id, stranger.organisation_id, "unit", stranger.roles)
    async with db.act(conn, blind):
        assert await queries.find_posting(conn, blind, posted.public_id) is None
        assert await queries.trial_balance(conn, blind, unit.id, LAST_DAY) == []
        assert await queries.balance(conn, unit.id, customer_credit(buyer), "CNY") == 0
        for table in (
            "account",
            "posting",
            "transfer",
            "controlled_balance",
            "controlled_entry",
            "voucher",
            "period",
        ):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_nobody_at_all_sees_nothing(conn: Connection) -> None:
    unit: UUID = (await world.unit(conn)).id
    await books_of.post(conn, unit, leg(SUSPENSE, NET_ASSETS, 1))
    assert await conn.fetchval("SELECT count(*) FROM posting") == 0
