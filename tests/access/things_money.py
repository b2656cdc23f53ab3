"""Invoices, fapiao, voiding, credit, recognitions and books, each before its next step."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from market.base import clock, db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.ledger.opening import operations as opening
from market.ledger.opening.model import NewOpeningBalance
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import operations as crediting
from market.money.invoicing.credit_notes.model import NewCreditNote
from market.money.invoicing.fapiao import operations as fapiao
from market.money.invoicing.fapiao.model import FapiaoRequest, FapiaoType, IssuedFapiao
from market.money.invoicing.model import FullInvoice
from market.money.invoicing.recognition import operations as recognitions
from market.money.invoicing.recognition.model import RecognitionGiven
from market.money.invoicing.red_fapiao import queries as red_fapiao
from market.money.invoicing.reminders import operations as reminders
from market.money.invoicing.reminders.model import Holding, Level
from market.money.invoicing.voiding import operations as voiding
from market.money.invoicing.write_offs import operations as write_offs
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.views import ListedChargeback
from market.money.payments.chargebacks.write_offs import operations as losses
from market.money.payments.evidence import operations as evidence
from market.money.payments.evidence.model import EvidenceGiven, Papers
from market.money.payments.stripe_balance.model import Disputed
from market.money.payments.stripe_explanations import operations as explanations
from market.money.payments.stripe_explanations.model import BelongsTo, Explaining
from market.money.payments.stripe_explanations.undoing import operations as undoing
from market.money.payments.stripe_lines import booking
from market.money.payments.stripe_lines import operations as stripe_lines
from market.trade.contracts import operations as drafting
from market.trade.signing import operations as signing
from tests.access.things import Ground, Things
from tests.world import (
    catalogue,
    contracts,
    dunning,
    identity,
    ledger,
    money,
    performance,
    stripe,
)
from tests.world.bidding import pass_time
from tests.world.evidence import TEXTS

DAY: Final = timedelta(days=1)


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    await _books(conn, ground, things)
    await _invoices(conn, ground, things)
    await _holds(conn, ground, things)
    await _losses(conn, ground, things)
    await _fapiao(conn, ground, things)
    await _credit_notes(conn, ground, things)
    await _recognitions(conn, ground, things)
    await _online(conn, ground, things)
    await _chargeback(conn, ground, things)
    await _suspense(conn, ground, things)
    await _short(conn, ground, things)


async def _books(conn: Connection, ground: Ground, things: Things) -> None:
    line = ledger.line("receivable", 120_000_00, ground.enterprise.id)
    new = NewOpeningBalance(as_of=ledger.DAY, balances=[line])
    prepared = await opening.prepare_opening_balance(conn, ground.cast.finance, ground.unit.id, new)
    things.keep("opening", prepared)


async def begin_above(conn: Connection, ground: Ground, things: Things, seated: Actor) -> None:
    """The books of the unit above have begun; of two supplements one owes the seated leader."""
    finance = await identity.person(conn, ground.above, Role.FINANCE)
    leader = await identity.person(conn, ground.above, Role.LEADER)
    await ledger.opened_books(conn, finance, leader, ledger.line("vat_payable", 5_00))
    things.ids["paper_above"] = scan = await catalogue.stored_file(conn, finance)
    missing = ledger.line("input_vat", 40_00)
    owed = ledger.line("remuneration_payable", 9_00, seated.person_id)
    for name, line in (("supplement", missing), ("supplement_of_leader", owed)):
        things.keep(name, await ledger.supplement(conn, finance, line, file_id=scan))


async def _invoices(conn: Connection, ground: Ground, things: Things) -> None:
    deal = await contracts.signed(conn, ground.cast)
    things.ids["instalment"] = deal.contract.instalments[0].id
    invoice = await _issued(conn, ground)
    things.keep("invoice", invoice)
    async with db.look(conn, SYSTEM):
        things.ids["posting"] = await conn.fetchval(
            "SELECT public_id FROM posting WHERE cause = 'invoice_issued:' || $1::uuid", invoice.id
        )
    proposed = await _issued(conn, ground)
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    proposal = await voiding.propose_void(conn, finance, proposed.id, "金额写错")
    things.keep("void_proposal", proposal)


async def _holds(conn: Connection, ground: Ground, things: Things) -> None:
    held = await _issued(conn, ground)
    dispute = Holding(disputed=True, reason="买方对数量有异议")
    await reminders.hold_reminders(conn, ground.cast.finance, held.id, dispute)
    things.ids["held_invoice"] = held.id


async def demand(conn: Connection, ground: Ground, things: Things, owner: str) -> None:
    """An invoice is so late that its buyer is demanded to pay; then it is today again."""
    invoice = await _issued(conn, ground)
    await dunning.announce(owner)
    passed = invoice.due_on - await clock.today(conn)
    await pass_time(owner, passed)
    while (reminder := await reminders.remind(conn, invoice.id)) is None or (
        reminder.level != Level.FORMAL
    ):
        passed += DAY
        await pass_time(owner, DAY)
    await pass_time(owner, -passed)
    things.keep("demand", reminder)


async def _credit_notes(conn: Connection, ground: Ground, things: Things) -> None:
    """One waits for its leader; another asked for the red fapiao of an issued one."""
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    leader = await identity.person(conn, ground.unit, Role.LEADER)
    wanted = NewCreditNote(reason="工作量减少")
    proposed = (await _issued(conn, ground)).id
    note = await crediting.propose_credit_note(conn, finance, proposed, wanted)
    things.keep("credit_note", note)
    things.keep("uncredited_invoice", await _issued(conn, ground))
    invoice = await _issued(conn, ground)
    asked = FapiaoRequest(type=FapiaoType.ORDINARY, title=ground.enterprise.name_zh)
    requested = await fapiao.request_fapiao(conn, ground.cast.buyer, invoice.id, asked)
    document = IssuedFapiao(
        number="26510000000000000002",
        issued_on=invoice.issued_on,
        file_id=await catalogue.stored_file(conn, finance),
    )
    await fapiao.issue_fapiao(conn, finance, requested.id, document)
    other = await crediting.propose_credit_note(conn, finance, invoice.id, wanted)
    await crediting.approve_credit_note(conn, leader, other.id)
    async with db.look(conn, finance):
        [red] = await red_fapiao.red_listed(conn, finance)
    things.keep("red_fapiao", red)


async def _losses(conn: Connection, ground: Ground, things: Things) -> None:
    things.keep("late_invoice", await _late(conn, ground))
    proposed = await _late(conn, ground)
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    proposal = await write_offs.propose_write_off(conn, finance, proposed.id, "买方已破产")
    things.keep("write_off", proposal)


async def _late(conn: Connection, ground: Ground) -> FullInvoice:
    """Of work that was accepted, past its day; in dollars, in which the buyer has no credit."""
    due_on = await clock.today(conn) - timedelta(days=9)
    instalment = {"amount_minor": 10_000_00, "trigger": "date", "due_on": str(due_on)}
    deal = await contracts.drafted(
        conn,
        ground.cast,
        price_minor=10_000_00,
        currency="USD",
        edit={"instalments": [instalment]},
    )
    await drafting.approve_order(conn, ground.cast.manager, deal.contract.id)
    await signing.submit_contract(conn, ground.cast.clerk, deal.contract.id)
    deal = await contracts.reviewed(conn, deal, *contracts.STAGES)
    deal = await contracts.sign(conn, await contracts.sign(conn, deal, "provider"), "buyer")
    await performance.complete(conn, deal)
    return await invoices.issue_invoice(conn, ground.cast.finance, deal.contract.instalments[0].id)


async def _issued(conn: Connection, ground: Ground) -> FullInvoice:
    deal = await contracts.signed(conn, ground.cast)
    instalment = deal.contract.instalments[0]
    return await invoices.issue_invoice(conn, ground.cast.finance, instalment.id)


async def _fapiao(conn: Connection, ground: Ground, things: Things) -> None:
    wanted = FapiaoRequest(type=FapiaoType.ORDINARY, title=ground.enterprise.name_zh)
    things.ids["fapiao_title"] = wanted.title
    buyer, finance = ground.cast.buyer, ground.cast.finance
    asked = await fapiao.request_fapiao(conn, buyer, (await _issued(conn, ground)).id, wanted)
    things.keep("asked_fapiao", asked)
    invoice = await _issued(conn, ground)
    other = await fapiao.request_fapiao(conn, buyer, invoice.id, wanted)
    document = IssuedFapiao(
        number="26510000000000000001",
        issued_on=invoice.issued_on,
        file_id=await catalogue.stored_file(conn, finance),
    )
    things.keep("issued_fapiao", await fapiao.issue_fapiao(conn, finance, other.id, document))
    things.ids["paper"] = await catalogue.stored_file(conn, finance)


async def _recognitions(conn: Connection, ground: Ground, things: Things) -> None:
    edit = {"exemption_rule": "vat.exempt.technology_transfer"}
    for name in ("exempt", "recognised"):
        deal = await contracts.signed(
            conn, ground.cast, kind="transfer", price_minor=180_000_00, edit=edit
        )
        things.keep(name, deal.contract)
    given = RecognitionGiven(
        number="5101-2026-0001",
        recognised_on=await clock.today(conn),
        file_id=await catalogue.stored_file(conn, ground.cast.finance),
    )
    recognition = await recognitions.record_recognition(
        conn, ground.cast.finance, deal.contract.id, given
    )
    things.ids["recognition_number"] = recognition.number


async def _online(conn: Connection, ground: Ground, things: Things) -> None:
    """A payment by card that waits for its payer, and one whose money is there."""
    invoice = await _issued(conn, ground)
    things.ids["online_invoice"] = invoice.id
    payment = await stripe.told_of(conn, ground.unit, ground.cast.buyer, invoice)
    things.keep("online_payment", payment)
    other = await _issued(conn, ground)
    paid = await stripe.told_of(conn, ground.unit, ground.cast.buyer, other)
    things.keep("booked_payment", paid)
    charge = stripe.line("charge", other.amount_minor, intent_id=paid.intent_id)
    await booking.book(conn, ground.unit.id, charge)


async def _chargeback(conn: Connection, ground: Ground, things: Things) -> None:
    """Its evidence is written, and not submitted."""
    invoice = await _issued(conn, ground)
    payment = await stripe.told_of(conn, ground.unit, ground.cast.buyer, invoice)
    amount = invoice.amount_minor
    disputed = stripe.dispute_of(payment, amount, "needs_response")
    for told in (
        stripe.line("charge", amount, intent_id=payment.intent_id),
        stripe.line("dispute", -amount, dispute=disputed, intent_id=payment.intent_id),
    ):
        await booking.book(conn, ground.unit.id, told)
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    [chargeback] = await chargebacks.list_chargebacks(conn, finance, ground.unit.id)
    scan = await catalogue.stored_file(conn, finance)
    given = EvidenceGiven(texts=TEXTS, files=Papers(service_documentation=scan))
    saved = await evidence.save_evidence(
        conn, finance, chargeback.id, given, expected_version=chargeback.version
    )
    things.keep("chargeback", saved)


async def _suspense(conn: Connection, ground: Ground, things: Things) -> None:
    """Lines that nothing explains: of one it is proposed what does; two are explained by now.

    Of one of these it is proposed to undo it.
    """
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    leader = await identity.person(conn, ground.unit, Role.LEADER)
    lines = [stripe.line("other_adjustment", -amount) for amount in (7_00, 8_00, 9_00, 10_00)]
    free, waits, stands, wrong = lines
    for told in lines:
        await booking.book(conn, ground.unit.id, told)
    kept = await stripe_lines.list_lines(conn, finance, ground.unit.id, after=None, limit=100)
    ids = {one.balance_transaction_id: one for one in kept}
    things.keep("stripe_line", ids[free.id])
    given = Explaining(belongs_to=BelongsTo.STRIPE_FEES, reason="已与后台账单核对")
    proposed = await explanations.propose_explanation(conn, finance, ids[waits.id].id, given)
    things.keep("stripe_explanation", proposed)
    right, mistaken = [
        await explanations.approve_explanation(conn, leader, one.id)
        for told in (stands, wrong)
        for one in [await explanations.propose_explanation(conn, finance, ids[told.id].id, given)]
    ]
    things.keep("standing_explanation", right)
    undo = await undoing.propose_undo(conn, finance, mistaken.id, "不是手续费")
    things.keep("stripe_explanation_undo", undo)


async def _short(conn: Connection, ground: Ground, things: Things) -> None:
    """In dollars, in which the buyer has no credit: one is owed, one asked for, one a loss."""
    finance = await identity.person(conn, ground.unit, Role.FINANCE)
    leader = await identity.person(conn, ground.unit, Role.LEADER)
    disputes = [await _used(conn, ground, finance, leader) for _ in range(3)]
    short, asked, lost = [await _lost(conn, ground, finance, told) for told in disputes]
    things.keep("short_chargeback", short)
    waiting, loss = [
        await losses.propose_write_off(conn, finance, one.id, "付款单位已注销")
        for one in (asked, lost)
    ]
    things.keep("chargeback_write_off", waiting)
    things.keep("lost_write_off", await losses.approve_write_off(conn, leader, loss.id))


async def _used(conn: Connection, ground: Ground, finance: Actor, leader: Actor) -> Disputed:
    """A charge that found nothing to pay, whose credit is used by now; as its bank disputes it."""
    over, other = await _late(conn, ground), await _late(conn, ground)
    payment = await stripe.told_of(conn, ground.unit, ground.cast.buyer, over)
    wanted = NewCreditNote(reason="工作量减少")
    note = await crediting.propose_credit_note(conn, finance, over.id, wanted)
    await crediting.approve_credit_note(conn, leader, note.id)
    charge = stripe.line("charge", over.amount_minor, currency="USD", intent_id=payment.intent_id)
    await booking.book(conn, ground.unit.id, charge)
    await money.credit_used(conn, finance, other.id, over.amount_minor)
    told = stripe.dispute_of(payment, over.amount_minor, "lost")
    return msgspec.structs.replace(told, currency="USD")


async def _lost(
    conn: Connection, ground: Ground, finance: Actor, told: Disputed
) -> ListedChargeback:
    taken = stripe.line("dispute", -told.amount_minor, currency="USD", dispute=told)
    await booking.book(conn, ground.unit.id, taken)
    assert await losing.lose(conn, ground.unit.id, told)
    listed = await chargebacks.list_chargebacks(conn, finance, ground.unit.id)
    return next(one for one in listed if one.dispute_id == told.id)
