"""Finance says what a line is; every match can be undone."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.money.invoicing import operations
from market.money.invoicing.model import FullInvoice, InvoiceState, MoreThanOpen
from market.money.payments import model as payments
from market.money.reconciliation.matching import model
from market.money.reconciliation.matching.model import MatchState
from market.money.statements.model import LineState
from tests.world import identity, invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line


class Scene:
    """FW-01's first invoice, and lines of the unit's account that nothing explains yet."""

    def __init__(self, deal: Deal, bank: Bank, invoice: FullInvoice) -> None:
        self.deal, self.bank, self.invoice = deal, bank, invoice
        self.books, self.buyer_id = deal.unit.id, deal.enterprise.id

    async def line(self, conn: Connection, amount_minor: int, name: str | None = None) -> UUID:
        paid_by = self.deal.enterprise.name_zh if name is None else name
        done = await money.imported(conn, self.bank, [Line(amount_minor, paid_by, "货款")])
        return done.outcomes[0].line_id

    async def state(self, conn: Connection, line_id: UUID) -> LineState:
        return (await money.line_of(conn, self.deal.finance, line_id)).state

    async def invoice_state(self, conn: Connection) -> tuple[InvoiceState, int]:
        now = await operations.find_invoice(conn, self.deal.finance, self.invoice.id)
        return now.state, now.paid_minor


@pytest.fixture
async def scene(conn: Connection) -> Scene:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    return Scene(deal, await money.bank(conn, deal), invoice)


async def test_a_part_is_paid_and_the_rest_stays_open(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 10_000_00)

    match = await money.matched(
        conn, scene.deal.finance, line_id, money.allocation(scene.invoice.id, 10_000_00)
    )

    assert (match.state, match.way) == (MatchState.MATCHED, "by_hand")
    assert await scene.invoice_state(conn) == (InvoiceState.PART_PAID, 10_000_00)
    assert await scene.state(conn, line_id) == LineState.MATCHED


async def test_short_by_a_charge_is_booked_by_hand(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_775_00)

    await money.matched(
        conn, scene.deal.finance, line_id, money.allocation(scene.invoice.id, 25_775_00, 25_00)
    )

    assert await scene.invoice_state(conn) == (InvoiceState.PAID, 25_800_00)
    assert await money.balance(conn, scene.books, "bank_charges") == 25_00
    assert await money.balance(conn, scene.books, "receivable", scene.buyer_id) == 0
    paid = await money.payments_of(conn, scene.deal.buyer, scene.invoice.id)
    assert [(one.kind, one.amount_minor) for one in paid] == [
        ("receipt", 25_775_00),
        ("charge", 25_00),
    ]


async def test_an_over_payment_becomes_credit_that_pays_the_next(
    conn: Connection, scene: Scene
) -> None:
    line_id = await scene.line(conn, 26_300_00)
    rest = money.rest("customer_credit", 500_00, organisation_id=scene.buyer_id)
    await money.matched(
        conn, scene.deal.finance, line_id, money.allocation(scene.invoice.id, 25_800_00), rest=rest
    )
    second = await invoicing.issued(conn, scene.deal, 1)

    assert await money.balance(conn, scene.books, "customer_credit", scene.buyer_id) == 500_00
    use = await money.credit_used(conn, scene.deal.finance, second.id, 500_00)

    assert await money.balance(conn, scene.books, "customer_credit", scene.buyer_id) == 0
    assert await money.balance(conn, scene.books, "receivable", scene.buyer_id) == 42_500_00
    [paid] = await money.payments_of(conn, scene.deal.buyer, second.id)
    assert (paid.kind, paid.credit_use_id, paid.amount_minor) == ("credit", use.id, 500_00)


async def test_credit_in_use_holds_its_match(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 26_300_00)
    rest = money.rest("customer_credit", 500_00, organisation_id=scene.buyer_id)
    given = money.allocation(scene.invoice.id, 25_800_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given, rest=rest)
    second = await invoicing.issued(conn, scene.deal, 1)
    before = await money.balances(conn, scene.books)
    use = await money.credit_used(conn, scene.deal.finance, second.id, 500_00)

    with pytest.raises(model.CreditInUse):
        async with db.savepoint(conn):
            await money.undone(conn, scene.deal.finance, match)

    await money.credit_use_undone(conn, scene.deal.finance, use)
    assert await money.balances(conn, scene.books) == before
    await money.undone(conn, scene.deal.finance, match)
    assert await scene.invoice_state(conn) == (InvoiceState.OPEN, 0)


async def test_no_more_credit_is_used_than_there_is(conn: Connection, scene: Scene) -> None:
    with pytest.raises(payments.CreditTooSmall, match=r"0\.00.*1\.00"):
        await money.credit_used(conn, scene.deal.finance, scene.invoice.id, 1_00)


async def test_undoing_restores_every_balance(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_775_00)
    before = await money.balances(conn, scene.books)
    given = money.allocation(scene.invoice.id, 25_775_00, 25_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given)

    undone = await money.undone(conn, scene.deal.finance, match)

    assert undone.state == MatchState.UNDONE
    assert await money.balances(conn, scene.books) == before
    assert await scene.invoice_state(conn) == (InvoiceState.OPEN, 0)
    assert await scene.state(conn, line_id) == LineState.SUGGESTED
    line = await money.line_of(conn, scene.deal.finance, line_id)
    assert [posting.cause.split(":")[0] for posting in line.postings] == [
        "bank_line",
        "receipt_matched",
        "match_undone",
    ]
    again = await money.matched(conn, scene.deal.finance, line_id, given)
    assert again.id != match.id


async def test_undoing_again_is_the_same_and_a_rival_comes_late(
    conn: Connection, scene: Scene
) -> None:
    line_id = await scene.line(conn, 25_800_00)
    given = money.allocation(scene.invoice.id, 25_800_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given)
    rival = await identity.person(conn, scene.deal.unit, Role.FINANCE)

    undone = await money.undone(conn, scene.deal.finance, match)

    assert await money.undone(conn, scene.deal.finance, match) == undone
    with pytest.raises(WrongMove):
        await money.undone(conn, rival, match)


async def test_another_payer_waits_for_a_second_person(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_800_00, "集团财务公司")
    before = await money.balances(conn, scene.books)
    given = money.allocation(scene.invoice.id, 25_800_00)

    match = await money.matched(conn, scene.deal.finance, line_id, given)

    assert match.state == MatchState.WAITING
    assert await money.balances(conn, scene.books) == before
    [waiting] = await money.suspense(conn, scene.deal.leader)
    assert (waiting.match_id, waiting.reasons[-1].code) == (match.id, "waits_for_second_person")
    with pytest.raises(model.ConfirmationNeedsSecond):
        await money.confirmed(conn, scene.deal.finance, match)

    confirmed = await money.confirmed(conn, scene.deal.leader, match)

    assert confirmed.state == MatchState.CONFIRMED
    assert await scene.state(conn, line_id) == LineState.CONFIRMED
    assert await scene.invoice_state(conn) == (InvoiceState.PAID, 25_800_00)
    assert await money.confirmed(conn, scene.deal.leader, match) == confirmed
    rival = await identity.person(conn, scene.deal.unit, Role.FINANCE)
    with pytest.raises(WrongMove):
        await money.confirmed(conn, rival, match)
    with pytest.raises(model.UndoNeedsSecond):
        await money.undone(conn, scene.deal.finance, match)
    undone = await money.undone(conn, scene.deal.leader, match)
    assert await money.undone(conn, scene.deal.leader, match) == undone
    assert await money.balances(conn, scene.books) == before


async def test_a_charge_above_the_ceiling_waits_for_a_second_person(
    conn: Connection, scene: Scene
) -> None:
    line_id = await scene.line(conn, 25_699_99)
    given = money.allocation(scene.invoice.id, 25_699_99, 100_01)
    before = await money.balances(conn, scene.books)

    match = await money.matched(conn, scene.deal.finance, line_id, given)

    assert (match.state, match.needs_second) == (MatchState.WAITING, True)
    assert [reason["code"] for reason in match.reasons] == ["by_hand", "above_ceiling"]
    assert await money.balances(conn, scene.books) == before
    with pytest.raises(model.ConfirmationNeedsSecond):
        await money.confirmed(conn, scene.deal.finance, match)
    await money.confirmed(conn, scene.deal.leader, match)
    assert await money.balance(conn, scene.books, "bank_charges") == 100_01
    assert await scene.invoice_state(conn) == (InvoiceState.PAID, 25_800_00)


async def test_charges_on_one_invoice_count_together_whatever_lines_they_come_with(
    conn: Connection, scene: Scene
) -> None:
    lines = [Line(n * 1_000_00, scene.deal.enterprise.name_zh) for n in (5, 6, 7)]
    parts = [one.line_id for one in (await money.imported(conn, scene.bank, lines)).outcomes]
    finance, invoice = scene.deal.finance, scene.invoice

    first, second, third = [
        await money.matched(
            conn, finance, line_id, money.allocation(invoice.id, amount, charge_minor)
        )
        for line_id, amount, charge_minor in zip(
            parts, (5_000_00, 6_000_00, 7_000_00), (60_00, 40_00, 1), strict=True
        )
    ]

    assert [one.state for one in (first, second, third)] == ["matched", "matched", "waiting"]
    reason = third.reasons[-1]
    assert (reason["code"], reason["values"]["amount"]) == ("charges_above_ceiling", "100.01")
    assert await money.balance(conn, scene.books, "bank_charges") == 100_00
    await money.undone(conn, finance, third)
    await money.undone(conn, finance, first)
    again = money.allocation(invoice.id, 7_000_00, 60_00)
    assert (await money.matched(conn, finance, parts[2], again)).state == MatchState.MATCHED


@pytest.mark.parametrize(
    ("amount_minor", "to", "state"),
    [
        (-40_000_00, "bank_charges", MatchState.WAITING),
        (500_000_00, "interest_income", MatchState.WAITING),
        (-100_01, "bank_charges", MatchState.WAITING),
        (-100_00, "bank_charges", MatchState.MATCHED),
        (100_00, "interest_income", MatchState.MATCHED),
    ],
)
async def test_so_does_a_rest_that_nobody_owes(
    conn: Connection, scene: Scene, amount_minor: int, to: str, state: MatchState
) -> None:
    line_id = await scene.line(conn, amount_minor)

    match = await money.matched(
        conn, scene.deal.finance, line_id, rest=money.rest(to, abs(amount_minor))
    )

    assert match.state == state


async def test_the_second_finance_undoes_what_was_confirmed_and_so_both_lines_that_meet(
    conn: Connection, scene: Scene
) -> None:
    done = await money.imported(conn, scene.bank, [Line(-7_00, "供"), Line(7_00, "供", "退汇")])
    out, back = [one.line_id for one in done.outcomes]
    rest = money.rest("returned", 7_00, other_line_id=back)
    match = await money.matched(conn, scene.deal.finance, out, rest=rest)
    await money.confirmed(conn, scene.deal.leader, match)
    [met] = (await money.line_of(conn, scene.deal.finance, back)).matches
    second = await identity.person(conn, scene.deal.unit, Role.FINANCE)

    for one in (match, met):
        with pytest.raises(model.UndoNeedsSecond):
            await money.undone(conn, scene.deal.finance, one)
    assert (await money.undone(conn, second, met)).state == MatchState.UNDONE


async def test_a_waiting_match_may_be_taken_back(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_800_00, "集团财务公司")
    given = money.allocation(scene.invoice.id, 25_800_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given)

    await money.undone(conn, scene.deal.finance, match)

    assert await scene.state(conn, line_id) == LineState.SUGGESTED
    assert await scene.invoice_state(conn) == (InvoiceState.OPEN, 0)


async def test_a_remainder_is_named(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 26_000_00)

    for given_minor in (25_800_00, 26_200_00):
        with pytest.raises(model.RemainderLeft, match=r": 200\.00 apart"):
            await money.matched(
                conn, scene.deal.finance, line_id, money.allocation(scene.invoice.id, given_minor)
            )


async def test_more_than_open_is_refused(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 26_000_00)

    with pytest.raises(MoreThanOpen):
        await money.matched(
            conn, scene.deal.finance, line_id, money.allocation(scene.invoice.id, 26_000_00)
        )


@pytest.mark.parametrize("kept", [False, True])
async def test_a_unit_holds_no_credit_with_itself(
    conn: Connection, scene: Scene, kept: bool
) -> None:
    """Nor does one below it that is no legal person, and so is in the same books."""
    unit = scene.deal.unit
    if kept:
        unit = await identity.unit(conn, parent=unit, legal_person=False)
    line_id = await scene.line(conn, 500_00)
    rest = money.rest("customer_credit", 500_00, organisation_id=unit.id)
    with pytest.raises(model.CreditOfOwnUnit):
        await money.matched(conn, scene.deal.finance, line_id, rest=rest)


@pytest.mark.parametrize("name", ["customer_credit", "own_transfer", "bank_charges"])
async def test_the_rest_must_be_complete(conn: Connection, scene: Scene, name: str) -> None:
    line_id = await scene.line(conn, 1_00)
    extra = {"organisation_id": scene.buyer_id} if name == "bank_charges" else {}

    with pytest.raises(model.RestIncomplete):
        await money.matched(conn, scene.deal.finance, line_id, rest=money.rest(name, 1_00, **extra))


async def test_charges_and_interest(conn: Connection, scene: Scene) -> None:
    lines = [Line(-15_00, "", "手续费"), Line(12_34, "", "结息")]
    done = await money.imported(conn, scene.bank, lines)
    ids = {one.amount_minor: one.line_id for one in done.outcomes}

    charges = money.rest("bank_charges", 15_00)
    interest = money.rest("interest_income", 12_34)
    await money.matched(conn, scene.deal.finance, ids[-15_00], rest=charges)
    await money.matched(conn, scene.deal.finance, ids[12_34], rest=interest)

    assert await money.balance(conn, scene.books, "bank_charges") == 15_00
    assert await money.balance(conn, scene.books, "interest_income") == 12_34
    assert await money.balance(conn, scene.books, "suspense") == 0


async def test_money_that_left_pays_no_invoice_and_returns_no_credit(
    conn: Connection, scene: Scene
) -> None:
    """What is returned to a customer is a refund, which two people make."""
    line_id = await scene.line(conn, -5_00)
    given = money.allocation(scene.invoice.id, 5_00)
    to_credit = money.rest("customer_credit", 5_00, organisation_id=scene.buyer_id)

    with pytest.raises(model.OutgoingPaysNoInvoice):
        await money.matched(conn, scene.deal.finance, line_id, given)
    with pytest.raises(model.OutgoingPaysNoInvoice):
        await money.matched(conn, scene.deal.finance, line_id, rest=to_credit)


async def test_nor_does_the_database_take_it_for_a_receipt(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 5_00)
    rest = money.rest("customer_credit", 5_00, organisation_id=scene.buyer_id)
    match = await money.matched(conn, scene.deal.finance, line_id, rest=rest)
    async with db.act(conn, scene.deal.finance):
        with pytest.raises(asyncpg.CheckViolationError, match="outgoing_pays_nobody"):
            async with db.savepoint(conn):
                await conn.execute(
                    """INSERT INTO match (bank_line_id, books_unit_id, amount_minor, currency, way,
                           allocations, rest_to, rest_minor, rest_organisation_id, needs_second,
                           score, reasons, state, matched_by)
                       SELECT bank_line_id, books_unit_id, -amount_minor, currency, way,
                           allocations, rest_to, rest_minor, rest_organisation_id, needs_second,
                           score, reasons, state, matched_by
                       FROM match WHERE id = $1""",
                    match.id,
                )


async def test_an_own_transfer_meets_its_other_line(conn: Connection, scene: Scene) -> None:
    other_bank = await money.bank(conn, scene.deal)
    own = scene.deal.unit.name_zh
    out = await scene.line(conn, -900_00, own)
    came = (await money.imported(conn, other_bank, [Line(900_00, own)])).outcomes[0]
    assert came.reasons[0].code == "meets_transfer"
    rest = money.rest("own_transfer", 900_00, other_line_id=came.line_id)

    match = await money.matched(conn, scene.deal.finance, out, rest=rest)

    for line_id in (out, came.line_id):
        assert await scene.state(conn, line_id) == LineState.MATCHED
    assert await money.balance(conn, scene.books, "suspense") == 0
    await money.undone(conn, scene.deal.finance, match)
    for line_id in (out, came.line_id):
        assert await scene.state(conn, line_id) == LineState.SUGGESTED


async def test_a_returned_transfer_meets_in_its_account_only(
    conn: Connection, scene: Scene
) -> None:
    done = await money.imported(conn, scene.bank, [Line(-7_00, "供"), Line(7_00, "供", "退汇")])
    out, back = [one.line_id for one in done.outcomes]

    rest = money.rest("own_transfer", 7_00, other_line_id=back)
    with pytest.raises(model.LinesDoNotMeet):
        await money.matched(conn, scene.deal.finance, out, rest=rest)
    rest = money.rest("returned", 7_00, other_line_id=back)
    await money.matched(conn, scene.deal.finance, out, rest=rest)
    assert await scene.state(conn, back) == LineState.MATCHED


@pytest.mark.parametrize("to", ["returned", "own_transfer"])
async def test_what_strangers_paid_and_got_meets_only_before_a_second_person(
    conn: Connection, scene: Scene, to: str
) -> None:
    went, came_back = Line(-900_00, "张三"), Line(900_00, "锦川轧钢有限公司")
    if to == "returned":
        both = (await money.imported(conn, scene.bank, [went, came_back])).outcomes
    else:
        other_bank = await money.bank(conn, scene.deal)
        both = [
            *(await money.imported(conn, scene.bank, [went])).outcomes,
            *(await money.imported(conn, other_bank, [came_back])).outcomes,
        ]
    out, came = both[0].line_id, both[1]
    rest = money.rest(to, 900_00, other_line_id=came.line_id)

    match = await money.matched(conn, scene.deal.finance, out, rest=rest)

    assert (match.state, match.reasons[-1]["code"]) == (MatchState.WAITING, "strangers_meet")
    assert await money.balance(conn, scene.books, "suspense") == 0, "one in and one out"
    assert await scene.state(conn, came.line_id) in (LineState.SUGGESTED, LineState.UNMATCHED)
    await money.confirmed(conn, scene.deal.leader, match)
    assert await scene.state(conn, out) == LineState.CONFIRMED
    assert await scene.state(conn, came.line_id) == LineState.MATCHED
    assert await money.balance(conn, scene.books, "suspense") == 0
    [met] = (await money.line_of(conn, scene.deal.finance, came.line_id)).matches
    second = await identity.person(conn, scene.deal.unit, Role.FINANCE)
    await money.undone(conn, second, met)
    assert await scene.state(conn, out) in (LineState.SUGGESTED, LineState.UNMATCHED)


async def test_strangers_do_not_meet_once_one_of_them_is_explained_or_the_match_taken_back(
    conn: Connection, scene: Scene
) -> None:
    finance = scene.deal.finance
    both = [Line(-900_00, "张三"), Line(900_00, scene.deal.enterprise.name_zh)]
    out, came = [one.line_id for one in (await money.imported(conn, scene.bank, both)).outcomes]
    rest = money.rest("returned", 900_00, other_line_id=came)
    match = await money.matched(conn, finance, out, rest=rest)
    assert (await money.undone(conn, finance, match)).state == MatchState.UNDONE
    match = await money.matched(conn, finance, out, rest=rest)
    credit = money.rest("customer_credit", 900_00, organisation_id=scene.deal.enterprise.id)
    assert (await money.matched(conn, finance, came, rest=credit)).state == MatchState.MATCHED
    with pytest.raises(model.LinesDoNotMeet):
        await money.confirmed(conn, scene.deal.leader, match)
    await money.undone(conn, finance, match)
    assert await scene.state(conn, came) == LineState.MATCHED, "what it is does not hang on that"


async def test_an_undo_is_the_same_again_whatever_became_of_the_other_line(
    conn: Connection, scene: Scene
) -> None:
    finance, amount_minor = scene.deal.finance, 200_00
    both = [Line(-amount_minor, "供"), Line(amount_minor, "供", "退汇")]
    out, back = [one.line_id for one in (await money.imported(conn, scene.bank, both)).outcomes]
    rest = money.rest("returned", amount_minor, other_line_id=back)
    match = await money.matched(conn, finance, out, rest=rest)
    undone = await money.undone(conn, finance, match)
    interest = money.rest("interest_income", amount_minor)
    await money.confirmed(
        conn, scene.deal.leader, await money.matched(conn, finance, back, rest=interest)
    )

    assert await money.undone(conn, finance, match) == undone
    assert await scene.state(conn, back) == LineState.CONFIRMED


async def test_the_same_said_again_is_the_same_match(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_800_00)
    given = money.allocation(scene.invoice.id, 25_800_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given)
    rival = await identity.person(conn, scene.deal.unit, Role.FINANCE)

    assert await money.matched(conn, scene.deal.finance, line_id, given) == match
    with pytest.raises(model.LineTaken):
        await money.matched(conn, rival, line_id, given)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.LEADER, Role.AUDITOR])
async def test_only_finance_matches_and_undoes(conn: Connection, scene: Scene, role: Role) -> None:
    colleague = await identity.person(conn, scene.deal.unit, role)
    line_id = await scene.line(conn, 25_800_00)
    given = money.allocation(scene.invoice.id, 25_800_00)

    with pytest.raises(model.MatchNeedsFinance):
        await money.matched(conn, colleague, line_id, given)
    match = await money.matched(conn, scene.deal.finance, line_id, given)
    with pytest.raises(model.MatchNeedsFinance):
        await money.undone(conn, colleague, match)
    with pytest.raises(payments.CreditNeedsFinance):
        await money.credit_used(conn, colleague, scene.invoice.id, 1)


async def test_strangers_and_the_buyer_see_no_line(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 25_800_00)
    given = money.allocation(scene.invoice.id, 25_800_00)
    match = await money.matched(conn, scene.deal.finance, line_id, given)

    for stranger in (scene.deal.outsider, scene.deal.buyer):
        with pytest.raises(NotFound):
            await money.line_of(conn, stranger, line_id)
        with pytest.raises(NotFound):
            await money.matched(conn, stranger, line_id, given)
        with pytest.raises(NotFound):
            await money.undone(conn, stranger, match)
    with pytest.raises(NotFound):
        await money.payments_of(conn, scene.deal.outsider, scene.invoice.id)


async def test_what_is_named_and_does_not_exist_is_pointed_at(
    conn: Connection, scene: Scene
) -> None:
    finance = scene.deal.finance
    brought = await money.imported(conn, scene.bank, [Line(-9_00), Line(9_00)])
    sent, paid = [one.line_id for one in brought.outcomes]
    rest = money.rest("returned", 9_00, other_line_id=uuid4())
    with pytest.raises(NotFound) as refusal:
        await money.matched(conn, finance, paid, money.allocation(uuid4(), 9_00))
    assert refusal.value.pointer == "/allocations/0/invoice_id"
    with pytest.raises(NotFound) as refusal:
        await money.matched(conn, finance, sent, rest=rest)
    assert refusal.value.pointer == "/rest/other_line_id"
