"""Charges that nobody asked for here: whose credit they are, and what goes back of them.

They are no payments of ours: nothing asked for them, they pay no invoice by themselves, and what
they brought is told in the currency of the balance alone.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base import amounts, clock
from market.base.access import require
from market.base.db import Connection
from market.base.errors import Conflict
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg
from market.money.payments.chargebacks import rates
from market.money.payments.stripe_balance import exchange
from market.money.payments.stripe_balance.model import SUSPENSE, StripeLine
from market.money.payments.stripe_explanations import model, past_queries, queries
from market.money.payments.stripe_explanations.past_queries import PastCharge
from market.money.payments.stripe_explanations.plan import Plan


class ChargeWrittenOff(Conflict):
    """What we bore as a loss is nobody's credit beside it."""

    code = "stripe_charge_written_off"
    zh = (
        "该收款的拒付欠款已作为损失核销。请先将该核销转回（…/recovery），"
        "再说明该收款，或撤销对它的说明。"
    )
    en = (
        "What a lost chargeback of this charge left was written off as a loss. Take that back "
        "first (…/recovery), then explain the charge, or undo what explains it."
    )


async def planned(conn: Connection, line: StripeLine, organisation_id: UUID, left: int) -> Plan:
    """``left`` is what stands in suspense. Locks the charge that the line takes back.

    Raises NoCustomer, ChargeOfAnother, ChargeWrittenOff, LineNotOfPastCharge, LineAboveCharge,
    CreditTooSmall.
    """
    if line.category == "charge":
        return await _of_charge(conn, line, organisation_id, left)
    charge = await past_queries.lock_charge_of(conn, line.id)
    if charge is None or (charge.organisation_id, charge.currency) != (
        organisation_id,
        line.currency,
    ):
        raise model.LineNotOfPastCharge
    if left < 0:
        credited = -await _taken(conn, line, charge, -left)
    else:
        credited = await _given_back(conn, line, charge, left)
    credit = Account("customer_credit", organisation_id)
    legs = [
        Leg(SUSPENSE, credit, credited, line.currency),
        Leg(SUSPENSE, exchange.DIFFERENCE, left - credited, line.currency),
    ]
    return _plan(line, await clock.today(conn), legs)


async def _of_charge(conn: Connection, line: StripeLine, organisation_id: UUID, left: int) -> Plan:
    """From the day of its line on, as money is that came by the bank."""
    books = line.books_unit_id
    require(await past_queries.is_customer(conn, books, organisation_id), model.NoCustomer)
    buyer_id = await past_queries.buyer_named_by(conn, line)
    require(buyer_id in (None, organisation_id), model.ChargeOfAnother)
    require(not await past_queries.is_written_off(conn, line.id), ChargeWrittenOff)
    legs = [Leg(SUSPENSE, Account("customer_credit", organisation_id), left, line.currency)]
    return _plan(line, await queries.in_suspense_since(conn, line), legs)


def _plan(line: StripeLine, on: date, legs: list[Leg]) -> Plan:
    return Plan(on=on, legs=legs, paid_currency=line.paid_currency, paid_minor=line.paid_minor)


async def _given_back(
    conn: Connection, line: StripeLine, charge: PastCharge, moved_minor: int
) -> int:
    """What is credit again: no more than had gone of it."""
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
        model.CreditTooSmall(
            balance=amounts.printed(has, line.currency),
            amount=amounts.printed(taken_minor, line.currency),
        ),
    )
    return taken_minor


async def _share(
    conn: Connection, charge: PastCharge, known_minor: int, moved_minor: int, *, is_all: bool
) -> int | None:
    """Of what is known, as much as moved; None where more did.

    Where the payer's money was changed, another rate may be why all of it came to more, or with
    ``is_all`` that he had paid to less: then it is all that is known.
    """
    is_changed = charge.paid_currency is not None and (is_all or moved_minor > known_minor)
    books = charge.books_unit_id
    if is_changed and await rates.is_rate(conn, books, known_minor, moved_minor):
        return known_minor
    return moved_minor if moved_minor <= known_minor else None
