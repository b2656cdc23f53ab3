"""Charges that nobody asked for here: whose credit they are, and what goes back of them.

They are no payments of ours: nothing asked for them, they pay no invoice by themselves, and what
they brought is told in the currency of the balance alone.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from market.base import amounts, clock
from market.base.access import require
from market.base.db import Connection
from market.base.errors import Conflict
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg
from market.money.payments.chargebacks import rates
from market.money.payments.stripe_balance import exchange, past_charges
from market.money.payments.stripe_balance.model import SUSPENSE, StripeLine
from market.money.payments.stripe_balance.past_charges import PastCharge
from market.money.payments.stripe_explanations import model, past_queries, queries
from market.money.payments.stripe_explanations.plan import Plan

LOSS: Final = Account("write_off")


class ChargeWrittenOff(Conflict):
    """What we bore as a loss is nobody's credit beside it."""

    code = "stripe_charge_written_off"
    zh = (
        "该收款已有损失入账：其拒付欠款已核销，或其退回已说明为损失。"
        "请先转回该核销（…/recovery），或撤销对该退回的说明。"
    )
    en = (
        "A loss of this charge is booked: what a lost chargeback left of it was written off, or "
        "what went back was explained as a loss. Take that back first (…/recovery), or undo it."
    )


class PastCreditTooSmall(Conflict):
    """Only credit goes back, and nothing of what the charge brought is an invoice's."""

    code = "stripe_line_above_credit"
    zh = (
        "该单位的预存款余额为 {balance}，不足 {amount}。请先撤销该预存款的抵付，"
        "或撤回占用它的退款，再行说明。"
    )
    en = (
        "The organisation's credit holds {balance}, less than {amount}. Undo what used the credit, "
        "or withdraw the refund that reserves it, then explain the line."
    )


async def planned(conn: Connection, line: StripeLine, organisation_id: UUID, left: int) -> Plan:
    """``left`` is what stands in suspense. Locks the charge that the line takes back.

    Raises NoCustomer, ChargeOfAnother, ChargeWrittenOff, LineNotOfPastCharge, LineAboveCharge,
    PastCreditTooSmall.
    """
    if line.category == "charge":
        return await _of_charge(conn, line, organisation_id, left)
    await past_charges.lock_of_line(conn, line.id)
    charge = await past_charges.of_line(conn, line.id)
    if charge is None or charge.organisation_id != organisation_id:
        raise model.LineNotOfPastCharge
    if left < 0:
        credited = -await _taken(conn, line, charge, -left)
    else:
        credited = await _given_back(conn, line, charge, left)
    credit = Account("customer_credit", organisation_id)
    other = exchange.DIFFERENCE if charge.is_changed else LOSS
    legs = [
        Leg(SUSPENSE, credit, credited, line.currency),
        Leg(SUSPENSE, other, left - credited, line.currency),
    ]
    return _plan(line, await clock.today(conn), legs)


async def _of_charge(conn: Connection, line: StripeLine, organisation_id: UUID, left: int) -> Plan:
    """From the day of its line on, as money is that came by the bank."""
    books = line.books_unit_id
    require(await past_queries.is_customer(conn, books, organisation_id), model.NoCustomer)
    buyer_id = await past_queries.buyer_named_by(conn, line)
    require(buyer_id in (None, organisation_id), model.ChargeOfAnother)
    require(not await past_queries.is_borne_as_loss(conn, line), ChargeWrittenOff)
    legs = [Leg(SUSPENSE, Account("customer_credit", organisation_id), left, line.currency)]
    return _plan(line, await queries.in_suspense_since(conn, line), legs)


def _plan(line: StripeLine, on: date, legs: list[Leg]) -> Plan:
    return Plan(on=on, legs=legs, paid_currency=line.paid_currency, paid_minor=line.paid_minor)


async def _given_back(
    conn: Connection, line: StripeLine, charge: PastCharge, moved_minor: int
) -> int:
    """What is credit again: no more than had gone of it.

    What a bank gives back beyond what it took is nobody's, so that the rest is not held for it.
    """
    require(not await past_queries.is_borne_as_loss(conn, line), ChargeWrittenOff)
    if line.category == "dispute_reversal":
        taken_minor = await past_queries.taken_by_loss(conn, line)
        share = await _share(conn, charge, taken_minor, moved_minor, is_all=True)
        return taken_minor if share is None else share
    is_all = line.paid_minor is not None and line.paid_minor == charge.gone_paid_minor
    given_minor = await _share(conn, charge, charge.gone_minor, moved_minor, is_all=is_all)
    if given_minor is None:
        raise model.LineNotOfPastCharge
    return given_minor


async def _taken(conn: Connection, line: StripeLine, charge: PastCharge, moved_minor: int) -> int:
    """What comes off the credit: no more than is left of what the charge brought."""
    paid_minor = charge.gone_paid_minor - (line.paid_minor or 0)
    is_all = line.paid_minor is not None and paid_minor == charge.paid_minor
    taken_minor = await _share(conn, charge, charge.left_minor, moved_minor, is_all=is_all)
    if taken_minor is None:
        said = [amounts.printed(one, line.currency) for one in (charge.left_minor, moved_minor)]
        raise model.LineAboveCharge(left=said[0], amount=said[1])
    credit = Account("customer_credit", charge.organisation_id)
    has = await ledger.balance(conn, line.books_unit_id, credit, line.currency)
    require(
        has >= taken_minor,
        PastCreditTooSmall(
            balance=amounts.printed(has, line.currency),
            amount=amounts.printed(taken_minor, line.currency),
        ),
    )
    return taken_minor


async def _share(
    conn: Connection, charge: PastCharge, known_minor: int, moved_minor: int, *, is_all: bool
) -> int | None:
    """At another rate only where the payer's money was changed."""
    if charge.is_changed:
        books = charge.books_unit_id
        return await rates.share_of(conn, books, known_minor, moved_minor, is_all=is_all)
    return moved_minor if moved_minor <= known_minor else None
