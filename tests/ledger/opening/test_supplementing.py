"""What was left out as the books began is put in once, of that day, with four eyes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, BeneficiaryCannotApprove, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.organisations.model import Organisation
from market.ledger import operations as ledger
from market.ledger.opening import operations as opening
from market.ledger.opening import supplementing
from market.ledger.opening.model import (
    AlreadyOpened,
    NotOpenedYet,
    OpeningNeedsFinance,
    OpeningNeedsLeader,
    OpeningState,
    OwnOpening,
)
from market.ledger.opening.refusals import (
    AccountHasBegun,
    DebtHasBegun,
    MovedSinceTheBooksBegan,
    ReceivableHasBegun,
    SubjectNeeded,
)
from tests.conftest import Clone
from tests.world import identity as world
from tests.world.catalogue import stored_file
from tests.world.ledger import (
    DAY,
    item,
    line,
    opened_books,
    prepared_books,
    set_period,
    supplement,
)


class Team(NamedTuple):
    """Whose books began with VAT to pay and one debt of the buyer's."""

    unit: Organisation
    finance: Actor
    leader: Actor
    buyer_id: UUID


async def team_of(conn: Connection) -> Team:
    unit, buyer = await world.unit(conn), await world.enterprise(conn)
    finance = await world.person(conn, unit, Role.FINANCE)
    leader = await world.person(conn, unit, Role.LEADER)
    return Team(unit, finance, leader, buyer.id)


@pytest.fixture
async def team(conn: Connection) -> Team:
    return await begun(conn)


async def begun(conn: Connection) -> Team:
    team = await team_of(conn)
    owed = line("receivable", 150_000, team.buyer_id, items=[item("2025-117", 150_000)])
    await opened_books(conn, team.finance, team.leader, line("vat_payable", 30_000), owed)
    return team


async def balances(conn: Connection, books: UUID) -> dict[str, int]:
    async with db.act(conn, SYSTEM):
        rows = await ledger.trial_balance(conn, SYSTEM, books, date(2026, 12, 31))
    return {row.kind: row.balance_minor for row in rows}


async def test_it_is_posted_of_the_day_on_which_the_books_began(
    conn: Connection, team: Team
) -> None:
    before = await balances(conn, team.unit.id)
    missing = line("input_vat", 4_000), line("development_fund", 1_000)
    waiting = await supplement(conn, team.finance, *missing)
    assert await balances(conn, team.unit.id) == before
    approved = await opening.approve_opening_balance(conn, team.leader, waiting.id)
    assert (approved.state, approved.as_of, approved.reason) == ("approved", DAY, "建账时漏列")
    assert await balances(conn, team.unit.id) == {
        **before,
        "input_vat": 4_000,
        "development_fund": 1_000,
        "net_assets": before["net_assets"] + 3_000,
    }
    async with db.act(conn, SYSTEM):
        posting = await ledger.posted(conn, f"opening_supplement:{waiting.id}")
    assert posting.effective_on == DAY
    again = await opening.approve_opening_balance(conn, team.leader, waiting.id)
    assert again == approved


async def test_finance_prepares_and_a_leader_who_is_another_approves(
    conn: Connection, team: Team
) -> None:
    both = await world.person(conn, team.unit, Role.FINANCE, Role.LEADER)
    waiting = await supplement(conn, both, line("input_vat", 4_000))
    with pytest.raises(OwnOpening):
        await opening.approve_opening_balance(conn, both, waiting.id)
    with pytest.raises(OpeningNeedsLeader):
        await opening.approve_opening_balance(conn, team.finance, waiting.id)
    with pytest.raises(OpeningNeedsFinance):
        await supplement(conn, team.leader, line("input_vat", 1))
    stranger = (await team_of(conn)).finance
    with pytest.raises(NotFound):
        await opening.approve_opening_balance(conn, stranger, waiting.id)
    with pytest.raises(NotFound):
        await supplementing.list_supplements(
            conn, stranger, team.unit.id, state=None, after=None, limit=9
        )


async def test_only_books_that_have_begun_are_supplemented(conn: Connection) -> None:
    team = await team_of(conn)
    with pytest.raises(NotOpenedYet):
        await supplement(conn, team.finance, line("input_vat", 4_000))
    await prepared_books(conn, team.finance, line("surtax_payable", 1))
    with pytest.raises(NotOpenedYet):
        await supplement(conn, team.finance, line("input_vat", 4_000))


async def test_an_account_begins_once(conn: Connection, team: Team) -> None:
    """In the opening balance, in a supplement that waits, or in one that is approved."""
    with pytest.raises(AccountHasBegun) as refused:
        await supplement(conn, team.finance, line("surtax_payable", 1), line("vat_payable", 1))
    assert refused.value.pointer == "/balances/1"
    missing = line("input_vat", 4_000)
    waiting = await supplement(conn, team.finance, missing)
    with pytest.raises(AccountHasBegun):
        await supplement(conn, team.finance, missing)
    await opening.withdraw_opening_balance(conn, team.finance, waiting.id)
    second = await supplement(conn, team.finance, missing)
    await opening.approve_opening_balance(conn, team.leader, second.id)
    with pytest.raises(AccountHasBegun):
        await supplement(conn, team.finance, missing)
    await supplement(conn, team.finance, line("input_vat", 4_000, currency="USD"))


async def test_a_debt_is_put_in_beside_others_of_its_debtor_and_once(
    conn: Connection, team: Team
) -> None:
    more = item("2025-121", 50_000)
    known = line("receivable", 200_000, team.buyer_id, items=[more, item("2025-117", 150_000)])
    with pytest.raises(DebtHasBegun, match="2025-117") as refused:
        await supplement(conn, team.finance, line("input_vat", 4_000), known)
    assert refused.value.pointer == "/balances/1/items/1/reference"
    missing = line("receivable", 50_000, team.buyer_id, items=[more])
    waiting = await supplement(conn, team.finance, missing)
    await opening.approve_opening_balance(conn, team.leader, waiting.id)
    assert (await balances(conn, team.unit.id))["receivable"] == 200_000
    with pytest.raises(DebtHasBegun, match="2025-121"):
        await supplement(conn, team.finance, missing)


async def test_a_receivable_that_names_no_items_begins_once(conn: Connection, team: Team) -> None:
    other = await world.enterprise(conn)
    whole = line("receivable", 50_000, other.id)
    await supplement(conn, team.finance, whole)
    with pytest.raises(ReceivableHasBegun) as refused:
        await supplement(conn, team.finance, line("input_vat", 4_000), whole)
    assert refused.value.pointer == "/balances/1"


@pytest.mark.parametrize("kind", ["suspense", "vat_deferred", "stripe_disputed"])
async def test_what_lines_and_invoices_move_is_not_supplemented(
    conn: Connection, team: Team, kind: str
) -> None:
    with pytest.raises(MovedSinceTheBooksBegan) as refused:
        await supplement(conn, team.finance, line("input_vat", 4_000), line(kind, 1))
    assert refused.value.pointer == "/balances/1/kind"


async def test_its_lines_are_asked_what_an_opening_balance_is_asked(
    conn: Connection, team: Team
) -> None:
    with pytest.raises(SubjectNeeded):
        await supplement(conn, team.finance, line("customer_credit", 1))


async def test_the_evidence_is_a_file_that_its_unit_reads(conn: Connection, team: Team) -> None:
    other = await stored_file(conn, (await team_of(conn)).finance)
    with pytest.raises(NotFound) as refused:
        await supplement(conn, team.finance, line("input_vat", 4_000), file_id=other)
    assert refused.value.pointer == "/file_id"


async def test_nobody_approves_what_a_supplement_owes_him(conn: Connection, team: Team) -> None:
    owed = line("remuneration_payable", 90_000, team.leader.person_id)
    waiting = await supplement(conn, team.finance, owed)
    with pytest.raises(BeneficiaryCannotApprove):
        await opening.approve_opening_balance(conn, team.leader, waiting.id)
    colleague = await world.person(conn, team.unit, Role.LEADER)
    await opening.approve_opening_balance(conn, colleague, waiting.id)


async def test_who_has_a_role_at_a_debtor_puts_none_of_its_debts_in(
    conn: Connection, team: Team
) -> None:
    debtor = await world.enterprise(conn)
    await world.also(conn, team.finance, debtor, Role.PAYER)
    with pytest.raises(BothSides):
        await supplement(conn, team.finance, line("receivable", -50_000, debtor.id))


async def test_the_books_still_begin_once_and_with_the_first(conn: Connection, team: Team) -> None:
    waiting = await supplement(conn, team.finance, line("input_vat", 4_000))
    with pytest.raises(AlreadyOpened):
        await prepared_books(conn, team.finance, line("surtax_payable", 1))
    async with db.look(conn, team.leader):
        live = await opening.read_live_opening_balance(conn, team.leader, team.unit.id)
        assert (live.id, live.supplemented_by) == (waiting.supplements, [])
        for state, ids in ((OpeningState.PREPARED, [waiting.id]), (OpeningState.APPROVED, [])):
            listed = await supplementing.list_supplements(
                conn, team.leader, team.unit.id, state=state, after=None, limit=9
            )
            assert [one.id for one in listed] == ids
    await opening.approve_opening_balance(conn, team.leader, waiting.id)
    async with db.look(conn, team.leader):
        live = await opening.read_live_opening_balance(conn, team.leader, team.unit.id)
    assert live.supplemented_by == [waiting.id]


class Two(NamedTuple):
    """Two connections to a database in which nothing is rolled back."""

    first: Connection
    second: Connection
    owner: str


@pytest.fixture
async def two(clone: Clone) -> AsyncIterator[Two]:
    async with clone() as addresses:
        one, other = await db.connect(addresses.app), await db.connect(addresses.app)
        yield Two(one, other, addresses.owner)
        await one.close()
        await other.close()


async def test_of_two_at_once_one_puts_it_in_and_a_closed_month_stays_as_it_was(two: Two) -> None:
    """Dated as the books began, it is booked in the first month that is open."""
    team = await begun(two.first)
    await set_period(two.owner, team.unit.id, DAY.replace(day=1), "closed")
    scan = await stored_file(two.first, team.finance)
    missing = line("input_vat", 4_000)
    results = await asyncio.gather(
        *(supplement(conn, team.finance, missing, file_id=scan) for conn in two[:2]),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, BaseException)]
    [waiting] = [one for one in results if not isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [AccountHasBegun]
    await opening.approve_opening_balance(two.first, team.leader, waiting.id)
    owner = await asyncpg.connect(two.owner)
    found = await owner.fetchrow(
        "SELECT effective_on, period FROM posting WHERE cause = 'opening_supplement:' || $1::uuid",
        waiting.id,
    )
    await owner.close()
    assert found is not None
    assert tuple(found) == (DAY, date(2026, 4, 1))
