"""What Stripe's objects say, as rows of ours; what was not expanded or not sent is None."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from market.base import clock
from market.money.payments.rails import METADATA, id_of
from market.money.payments.refunds import presenting
from market.money.payments.stripe_balance.faults import UNTELLABLE
from market.money.payments.stripe_balance.model import Balance, Disputed

log = structlog.get_logger("market.stripe")

LONGEST_DESCRIPTION: Final = 500


def balance(line: Any) -> Balance:
    """A balance transaction whose source was expanded; of an odd source nothing but the money.

    Raises one of UNTELLABLE where not even that can be told.
    """
    money = _money(line)
    try:
        return msgspec.structs.replace(money, **_source(line))
    except UNTELLABLE as fault:
        log.error("stripe_source_not_told", line=money.id, fault=type(fault).__name__)
        return money


def _money(line: Any) -> Balance:
    return Balance(
        id=str(line.id),
        category=getattr(line, "reporting_category", None) or "unknown",
        currency=line.currency.upper(),
        amount_minor=int(line.amount),
        fee_minor=int(line.fee),
        net_minor=int(line.net),
        fees=[],
        source_id=None,
        description=None,
        moved_at=instant(line.created),
        available_on=clock.day_of(instant(line.available_on)),
    )


def _source(line: Any) -> dict[str, Any]:
    """What brought it about, and what its fee is made of."""
    source = line.source
    kind = getattr(source, "object", None)
    has_payer = kind in ("charge", "refund")
    paid = source if has_payer and source.currency != line.currency else None
    sign = -1 if kind == "refund" and line.amount < 0 else 1
    arrives = getattr(source, "arrival_date", None) if kind == "payout" else None
    return {
        "fees": [
            {"type": part.type, "description": part.description, "amount": part.amount}
            for part in line.fee_details
        ],
        "source_id": id_of(source),
        "description": (line.description or "")[:LONGEST_DESCRIPTION] or None,
        "intent_id": id_of(getattr(source, "payment_intent", None)),
        "charge_id": source.id if kind == "charge" else id_of(getattr(source, "charge", None)),
        "payment_id": _payment_named_by(source) if kind == "charge" else None,
        "paid_currency": paid.currency.upper() if paid else None,
        "paid_minor": sign * paid.amount if paid else None,
        "dispute": disputed(source) if kind == "dispute" else None,
        "refund": presenting.told_by(source) if kind == "refund" else None,
        "due_on": clock.day_of(instant(arrives)) if arrives else None,
    }


def _payment_named_by(charge: Any) -> UUID | None:
    """What our own call wrote on its intent, which Stripe copies to the charge."""
    try:
        return UUID(charge.metadata.to_dict().get(METADATA, ""))
    except ValueError:
        return None


def disputed(dispute: Any) -> Disputed:
    due = getattr(dispute.evidence_details, "due_by", None)
    taken = [one for one in dispute.balance_transactions if one.amount < 0]
    return Disputed(
        id=dispute.id,
        amount_minor=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason[:100],
        status=dispute.status,
        evidence_due_at=instant(due) if due else None,
        intent_id=id_of(dispute.payment_intent),
        charge_id=id_of(dispute.charge),
        submissions=dispute.evidence_details.submission_count,
        taken_on=clock.day_of(instant(min(one.created for one in taken))) if taken else None,
        taken_by=[one.id for one in taken],
    )


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
