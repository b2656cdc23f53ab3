"""Taking back against matching, importing and taking back: one takes effect, the rest are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

from market.auditor import audit
from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.money.reconciliation.retractions import operations
from market.money.reconciliation.retractions.model import Retraction
from tests.conftest import Clone
from tests.world import identity, invoicing, money
from tests.world.money import Bank, Line

TIMES = 12
LINES = [Line(2_00), Line(-1_00)]
Try = Callable[[Connection], Awaitable[object]]


@pytest.fixture(scope="module")
async def ring(stocked: Clone) -> AsyncIterator[Pool]:
    """A pool on a clone; at the end the auditor finds nothing wrong in it."""
    async with stocked() as addresses:
        opened = await db.open_pool(addresses.app)
        yield opened
        opened.terminate()
        assert (await audit.run(addresses.auditor)).faults == []


async def told(pool: Pool, do: Try) -> str:
    """That it was done, or the code of the refusal."""
    try:
        await db.retrying(pool, do)
    except MarketError as refusal:
        return refusal.code
    return "done"


def approve(by: Actor, proposed: Retraction) -> Try:
    return lambda conn: operations.approve_retraction(conn, by, proposed.id)


def propose(by: Actor, statement_id: UUID) -> Try:
    return lambda conn: operations.propose_retraction(conn, by, statement_id, "误导入")


def match(by: Actor, line_id: UUID) -> Try:
    rest = money.rest("interest_income", 2_00)
    return lambda conn: money.matched(conn, by, line_id, rest=rest)


def take(bank: Bank, data: bytes) -> Try:
    return lambda conn: money.import_bytes(conn, bank, data)


async def in_books(pool: Pool, bank: Bank) -> tuple[int, int]:
    """What the account holds, and what is in suspense."""
    unit_id = bank.account.books_unit_id
    async with db.lease(pool) as conn:
        held = await money.balance(conn, unit_id, "bank", bank.account.id)
        return held, await money.balance(conn, unit_id, "suspense")


async def test_two_hundred_approvals_take_an_import_back_once(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        bank = await money.bank(conn, deal)
        rival = await identity.person(conn, deal.unit, Role.LEADER)
        proposed = await money.retraction(conn, bank, await money.imported(conn, bank, LINES))

    both = (bank.leader, rival)
    answers = await asyncio.gather(
        *[told(ring, approve(by, proposed)) for _ in range(100) for by in both]
    )

    assert Counter(answers) == {"done": 100, "wrong_move": 100}
    assert await in_books(ring, bank) == (0, 0)


async def test_a_line_is_matched_or_taken_back(ring: Pool) -> None:
    seen = set()
    for turn in range(TIMES):
        async with db.lease(ring) as conn:
            bank = await money.unit_bank(conn)
            taken = await money.imported(conn, bank, LINES)
            proposed = await money.retraction(conn, bank, taken)
        matching = told(ring, match(bank.finance, taken.outcomes[0].line_id))
        approval = told(ring, approve(bank.leader, proposed))

        if turn % 2:
            matched, approved = await asyncio.gather(matching, approval)
        else:
            approved, matched = await asyncio.gather(approval, matching)

        seen.add((matched, approved))
        assert await in_books(ring, bank) == ((1_00, -1_00) if matched == "done" else (0, 0))
    assert seen <= {("done", "statement_lines_matched"), ("wrong_move", "done")}


async def test_what_comes_meanwhile_stands_on_it_or_on_what_is_left(ring: Pool) -> None:
    reached = money.OPENING_MINOR + 1_00
    for turn in range(TIMES):
        async with db.lease(ring) as conn:
            bank = await money.unit_bank(conn)
            taken = await money.imported(conn, bank, [one._replace(days_ago=1) for one in LINES])
            proposed = await money.retraction(conn, bank, taken)
            after = await money.csv_file(conn, bank, [Line(9_00)], opening_minor=reached)

        both = [told(ring, approve(bank.leader, proposed)), told(ring, take(bank, after))]
        if turn % 2:
            approval, follow = await asyncio.gather(*both)
        else:
            follow, approval = await asyncio.gather(*reversed(both))

        assert (approval, follow) in {("done", "done"), ("statement_built_on", "done")}
        held = 9_00 if approval == "done" else 10_00
        assert await in_books(ring, bank) == (held, held)


async def test_its_file_is_never_in_two_accounts(ring: Pool) -> None:
    for _ in range(TIMES):
        async with db.lease(ring) as conn:
            wrong = await money.unit_bank(conn)
            right = await money.second_account(conn, wrong)
            file = await money.nameless_file(conn, right, LINES)
            taken = await money.import_bytes(conn, wrong, file)
            proposed = await money.retraction(conn, wrong, taken)

        approval, *imports = await asyncio.gather(
            told(ring, approve(wrong.leader, proposed)),
            *(told(ring, take(right, file)) for _ in "ab"),
        )

        assert approval == "done"
        assert set(imports) <= {"done", "statement_imported_elsewhere"}
        held = 1_00 if "done" in imports else 0
        assert await in_books(ring, right) == (held, held)
        assert (await in_books(ring, wrong))[0] == 0


async def test_many_propose_and_one_proposal_waits(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        bank = await money.bank(conn, deal)
        rival = await identity.person(conn, deal.unit, Role.FINANCE)
        statement = (await money.imported(conn, bank, LINES)).statements[0]

    both = (bank.finance, rival)
    answers = await asyncio.gather(
        *[told(ring, propose(by, statement.id)) for _ in range(25) for by in both]
    )

    assert Counter(answers) == {"done": 25, "retraction_already_proposed": 25}
