"""Books begin once, with four eyes."""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Actor, BeneficiaryCannotApprove, BothSides, Role
from market.base.db import Connection
from market.base.errors import Invalid, NotFound, Stale
from market.base.moves import WrongMove
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import Organisation
from market.ledger import operations as ledger
from market.ledger.model import NotEnough
from market.ledger.opening import operations as opening
from market.ledger.opening.model import (
    MOVES,
    AlreadyOpened,
    FullOpeningBalance,
    KeepsNoBooks,
    LineItem,
    NewOpeningBalance,
    OpeningLine,
    OpeningNeedsFinance,
    OpeningNeedsLeader,
    OpeningState,
    OwnOpening,
)
from market.ledger.opening.refusals import (
    AccountTwice,
    DisputedBefore,
    ItemDayWrong,
    ItemsDiffer,
    ItemsMisplaced,
    ItemTwice,
    KeptByTheMarket,
    NoBalance,
    NotInChart,
    OpeningDayWrong,
    OwedToItself,
    SubjectMisplaced,
    SubjectNeeded,
    SubjectUnknown,
    UnexplainedBefore,
)
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import money
from tests.world.ledger import DAY, item, line, opened_books

EARLIER, LATER = DAY - timedelta(days=1), DAY + timedelta(days=1)


class Team(NamedTuple):
    """A unit's people, what it keeps its money on, and who owes it something."""

    unit: Organisation
    finance: Actor
    leader: Actor
    bank_id: UUID
    buyer_id: UUID
    below_id: UUID

    @property
    def lines(self) -> list[OpeningLine]:
        items = [item("2025-117", 150_000, due_on=DAY), item("2025-121", 50_000)]
        return [
            line("bank", 500_000, self.bank_id),
            line("receivable", 200_000, self.buyer_id, items=items),
            line("contribution_receivable", -40_000, self.below_id),
            line("vat_payable", 30_000),
            line("customer_credit", 10_000, self.buyer_id),
            line("remuneration_payable", 20_000, self.finance.person_id),
            line("development_fund", 100_000),
        ]


@pytest.fixture
async def team(conn: Connection) -> Team:
    return await team_of(conn)


async def team_of(conn: Connection) -> Team:
    bank = await money.unit_bank(conn)
    unit_id, buyer = bank.account.books_unit_id, await world.enterprise(conn)
    async with db.look(conn, SYSTEM):
        unit = await organisations.find_organisation(conn, SYSTEM, unit_id)
    below = await world.unit(conn, parent=unit)
    return Team(unit, bank.finance, bank.leader, bank.account.id, buyer.id, below.id)


async def prepare(
    conn: Connection, team: Team, *lines: OpeningLine, by: Actor | None = None
) -> FullOpeningBalance:
    new = NewOpeningBalance(as_of=DAY, balances=list(lines or team.lines))
    return await opening.prepare_opening_balance(conn, by or team.finance, team.unit.id, new)


async def balances(conn: Connection, books: UUID) -> dict[str, int]:
    async with db.act(conn, SYSTEM):
        rows = await ledger.trial_balance(conn, SYSTEM, books, date(2026, 12, 31))
    return {row.kind: row.balance_minor for row in rows}


async def test_approval_posts_each_balance_against_the_net_assets(
    conn: Connection, team: Team
) -> None:
    opened = await opened_books(conn, team.finance, team.leader, *team.lines)
    assert (opened.state, opened.approved_by) == (OpeningState.APPROVED, team.leader.person_id)
    assert await balances(conn, team.unit.id) == {
        "bank": 500_000,
        "receivable": 200_000,
        "contribution_receivable": -40_000,
        "vat_payable": 30_000,
        "customer_credit": 10_000,
        "remuneration_payable": 20_000,
        "development_fund": 100_000,
        "net_assets": 500_000,
    }
    async with db.act(conn, SYSTEM):
        posting = await ledger.posted(conn, f"opening_balance:{team.unit.id}")
    assert posting.effective_on == DAY


async def test_nothing_is_posted_before_approval(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team)
    assert prepared.balances == team.lines
    assert await balances(conn, team.unit.id) == {}


async def test_a_receivable_without_items_is_one_item(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team, line("receivable", 200_000, team.buyer_id))
    [owed] = prepared.balances
    assert [(one.reference, one.dated_on, one.amount_minor) for one in owed.items] == [
        ("期初余额 Opening balance", DAY, 200_000)
    ]


async def test_a_leader_of_the_parent_approves_too(conn: Connection, team: Team) -> None:
    below = await world.unit(conn, parent=team.unit)
    finance = await world.person(conn, below, Role.FINANCE)
    leader = await world.person(conn, team.unit, Role.LEADER)
    opened = await opened_books(conn, finance, leader, line("surtax_payable", 5))
    assert opened.books == below.id


async def test_who_prepared_it_does_not_approve_it(conn: Connection, team: Team) -> None:
    both = await world.person(conn, team.unit, Role.FINANCE, Role.LEADER)
    prepared = await prepare(conn, team, by=both)
    with pytest.raises(OwnOpening):
        await opening.approve_opening_balance(conn, both, prepared.id)


async def test_nobody_approves_what_he_is_owed(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team, line("remuneration_payable", 9, team.leader.person_id))
    with pytest.raises(BeneficiaryCannotApprove):
        await opening.approve_opening_balance(conn, team.leader, prepared.id)


async def test_who_has_a_role_at_a_customer_neither_prepares_nor_approves_what_it_is_owed(
    conn: Connection, team: Team
) -> None:
    buyer = await world.enterprise(conn)
    owed = line("customer_credit", 9, buyer.id)
    prepared = await prepare(conn, team, owed)
    for actor in (team.finance, team.leader):
        await world.also(conn, actor, buyer, Role.PAYER)
    with pytest.raises(BothSides):
        await opening.approve_opening_balance(conn, team.leader, prepared.id)
    await opening.withdraw_opening_balance(conn, team.finance, prepared.id)
    with pytest.raises(BothSides):
        await prepare(conn, team, owed)


async def test_a_leader_above_approves_what_is_contributed_to_his_unit(
    conn: Connection, team: Team
) -> None:
    below = await world.unit(conn, parent=team.unit)
    finance = await world.person(conn, below, Role.FINANCE)
    leader = await world.person(conn, team.unit, Role.LEADER)
    owed = line("contribution_payable", 5, team.unit.id)
    opened = await opened_books(conn, finance, leader, owed)
    assert opened.state == OpeningState.APPROVED


async def test_a_repeated_approval_gives_the_same_and_a_rival_one_is_refused(
    conn: Connection, team: Team
) -> None:
    opened = await opened_books(conn, team.finance, team.leader, *team.lines)
    assert await opening.approve_opening_balance(conn, team.leader, opened.id) == opened
    rival = await world.person(conn, team.unit, Role.LEADER)
    with pytest.raises(WrongMove):
        await opening.approve_opening_balance(conn, rival, opened.id)


@pytest.mark.parametrize("role", [Role.CLERK, Role.CASHIER, Role.LEADER, Role.AUDITOR])
async def test_only_finance_prepares(conn: Connection, team: Team, role: Role) -> None:
    with pytest.raises(OpeningNeedsFinance):
        await prepare(conn, team, by=await world.person(conn, team.unit, role))


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CASHIER, Role.AUDITOR])
async def test_only_a_leader_approves(conn: Connection, team: Team, role: Role) -> None:
    prepared = await prepare(conn, team)
    with pytest.raises(OpeningNeedsLeader):
        await opening.approve_opening_balance(
            conn, await world.person(conn, team.unit, role), prepared.id
        )


async def test_finance_of_the_parent_does_not_prepare_for_the_unit_below(
    conn: Connection, team: Team
) -> None:
    below = await world.unit(conn, parent=team.unit)
    finance = await world.person(conn, team.unit, Role.FINANCE)
    with pytest.raises(OpeningNeedsFinance):
        await prepare(conn, team._replace(unit=below, finance=finance), line("surtax_payable", 1))


async def test_strangers_find_nothing(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team)
    stranger = await world.person(conn, await world.unit(conn), Role.FINANCE, Role.LEADER)
    with pytest.raises(NotFound):
        await prepare(conn, team, by=stranger)
    for act in (
        opening.approve_opening_balance,
        opening.withdraw_opening_balance,
        opening.read_opening_balance,
    ):
        with pytest.raises(NotFound):
            await act(conn, stranger, prepared.id)


async def test_books_begin_once(conn: Connection, team: Team) -> None:
    await prepare(conn, team)
    with pytest.raises(AlreadyOpened):
        await prepare(conn, team)


async def test_what_was_withdrawn_is_prepared_anew(conn: Connection, team: Team) -> None:
    wrong = await prepare(conn, team, line("surtax_payable", 1))
    withdrawn = await opening.withdraw_opening_balance(conn, team.finance, wrong.id)
    assert withdrawn.state == OpeningState.WITHDRAWN
    assert await opening.withdraw_opening_balance(conn, team.finance, wrong.id) == withdrawn
    right = await prepare(conn, team)
    async with db.act(conn, team.finance):
        live = await opening.read_live_opening_balance(conn, team.finance, team.unit.id)
    assert live == right
    with pytest.raises(WrongMove):
        await opening.approve_opening_balance(conn, team.leader, wrong.id)


async def test_an_approved_one_is_not_withdrawn(conn: Connection, team: Team) -> None:
    opened = await opened_books(conn, team.finance, team.leader, *team.lines)
    with pytest.raises(WrongMove):
        await opening.withdraw_opening_balance(conn, team.finance, opened.id)


async def test_an_approval_of_another_version_is_stale(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team)
    with pytest.raises(Stale):
        await opening.approve_opening_balance(conn, team.leader, prepared.id, expected_version=2)


async def test_a_unit_without_books_cannot_begin_them(conn: Connection, team: Team) -> None:
    group = await world.unit(conn, parent=team.unit, legal_person=False)
    finance = await world.person(conn, group, Role.FINANCE)
    with pytest.raises(KeepsNoBooks):
        await prepare(conn, team._replace(unit=group), line("surtax_payable", 1), by=finance)


@pytest.mark.parametrize(
    ("wrong", "refusal", "pointer"),
    [
        (line("cash", 1), NotInChart, "/balances/1/kind"),
        (line("net_assets", 1), NotInChart, "/balances/1/kind"),
        (line("tax_expense", 1), NotInChart, "/balances/1/kind"),
        (line("refund_pending", 1, uuid4()), KeptByTheMarket, "/balances/1/kind"),
        (line("contract_position", 1, uuid4()), KeptByTheMarket, "/balances/1/kind"),
        (line("stripe_disputed", 1), DisputedBefore, "/balances/1/kind"),
        (line("suspense", 1), UnexplainedBefore, "/balances/1/kind"),
        (line("suspense", -1), UnexplainedBefore, "/balances/1/kind"),
        (line("receivable", 1), SubjectNeeded, "/balances/1/subject"),
        (line("surtax_payable", 1, uuid4()), SubjectMisplaced, "/balances/1/subject"),
        (line("surtax_payable", 0), NoBalance, "/balances/1/balance_minor"),
        (line("vat_payable", 2), AccountTwice, "/balances/1"),
        (line("surtax_payable", 5, items=[item("甲", 5)]), ItemsMisplaced, "/balances/1/items"),
        ([item("甲", 5), item("乙", 4)], ItemsDiffer, "/balances/1/items"),
        ([item("甲", 5), item("甲", 5)], ItemTwice, "/balances/1/items/1/reference"),
        ([item("甲", 10), item("乙", 0)], NoBalance, "/balances/1/items/1/amount_minor"),
        ([item("甲", 10, dated_on=LATER)], ItemDayWrong, "/balances/1/items/0/dated_on"),
        ([item("甲", 10, due_on=EARLIER)], ItemDayWrong, "/balances/1/items/0/dated_on"),
    ],
)
async def test_a_wrong_line_is_pointed_at(
    conn: Connection,
    team: Team,
    wrong: OpeningLine | list[LineItem],
    refusal: type[Invalid],
    pointer: str,
) -> None:
    if isinstance(wrong, list):
        wrong = line("receivable", 10, team.buyer_id, items=wrong)
    with pytest.raises(refusal) as refused:
        await prepare(conn, team, line("vat_payable", 1), wrong)
    assert [fault.pointer for fault in refused.value.faults("en")] == [pointer]


@pytest.mark.parametrize(
    "kind",
    [
        "bank",
        "receivable",
        "remuneration_payable",
        "contribution_payable",
        "owner_payable",
    ],
)
async def test_an_account_of_nobody_is_not_opened(conn: Connection, team: Team, kind: str) -> None:
    """Nor is one of somebody who is something else, or of another unit's bank."""
    other = await money.unit_bank(conn)
    wrong = {"bank": other.account.id, "contribution_payable": team.buyer_id}
    wrong |= {"remuneration_payable": team.unit.id, "owner_payable": other.account.id}
    for subject in (uuid4(), wrong.get(kind, team.finance.person_id)):
        with pytest.raises(SubjectUnknown) as refused:
            await prepare(conn, team, *team.lines[3:], line(kind, 1, subject))
        assert refused.value.pointer == "/balances/4/subject"


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("kind", ["receivable", "contribution_receivable", "customer_credit"])
async def test_a_unit_owes_itself_nothing(
    conn: Connection, team: Team, kind: str, kept: bool
) -> None:
    """Nor does one below owe it that is no legal person, and so is in the same books."""
    unit = await world.unit(conn, parent=team.unit, legal_person=False) if kept else team.unit
    with pytest.raises(OwedToItself) as refused:
        await prepare(conn, team, *team.lines[3:], line(kind, 1, unit.id))
    assert refused.value.pointer == "/balances/4/subject"


@pytest.mark.parametrize("days", [1, 10_000, -10_000])
async def test_books_begin_on_a_day_that_has_come(conn: Connection, team: Team, days: int) -> None:
    as_of = await clock.today(conn) + timedelta(days=days)
    new = NewOpeningBalance(as_of=as_of, balances=[line("surtax_payable", 1)])
    with pytest.raises(OpeningDayWrong) as refused:
        await opening.prepare_opening_balance(conn, team.finance, team.unit.id, new)
    assert refused.value.pointer == "/as_of"


async def test_a_controlled_account_cannot_begin_below_zero(conn: Connection, team: Team) -> None:
    with pytest.raises(NotEnough):
        await opened_books(
            conn, team.finance, team.leader, line("customer_credit", -1, team.buyer_id)
        )


async def test_an_answer_converts_strictly(conn: Connection, team: Team) -> None:
    prepared = await prepare(conn, team)
    answer = msgspec.json.encode(prepared)
    assert msgspec.json.decode(answer, type=FullOpeningBalance) == prepared


async def test_each_act_leaves_its_event_and_every_move_is_legal(clone: Clone) -> None:
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        team = await team_of(conn)
        wrong = await prepare(conn, team)
        await opening.withdraw_opening_balance(conn, team.finance, wrong.id)
        await opened_books(conn, team.finance, team.leader, *team.lines)
        await conn.close()
        auditor = await db.connect(addresses.auditor)
        told = await auditor.fetch(
            """SELECT name, move, state_from, state_to, version FROM event
               WHERE subject = 'opening_balance' ORDER BY id"""
        )
        legal = await auditor.fetch(
            """SELECT subject, move, state_from, state_to FROM legal_move
               WHERE subject = 'opening_balance'"""
        )
        await auditor.close()
    assert [tuple(event) for event in told] == [
        ("opening_balance.prepared", "prepare", None, "prepared", 1),
        ("opening_balance.withdrawn", "withdraw", "prepared", "withdrawn", 2),
        ("opening_balance.prepared", "prepare", None, "prepared", 1),
        ("opening_balance.approved", "approve", "prepared", "approved", 2),
    ]
    assert {tuple(move) for move in legal} == set(MOVES.rows())
