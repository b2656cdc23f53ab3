"""Rows that are only read: chargebacks with whose payment of what they ask back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns
from market.money.payments.chargebacks import reasons
from market.money.payments.chargebacks.model import Chargeback

OWN: Final = len(Chargeback.__struct_fields__)


class ListedChargeback(Chargeback, frozen=True):
    """``numbers``: the invoices that were paid by it.

    Without a payment of ours there are none, and the buyer is whose credit its charge was said to
    be. ``owed_minor``: of ``short_minor`` what is not recovered, in its currency.
    """

    reason_zh: str
    reason_en: str
    buyer_id: UUID | None
    buyer_zh: str | None
    numbers: list[str]
    owed_minor: int


async def chargebacks_of(
    conn: Connection, actor: Actor, books_unit_id: UUID
) -> list[ListedChargeback]:
    """The newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Chargeback, "c")}, d.payer_id, b.name_zh,
                   ARRAY(SELECT i.number FROM online_payment_part t
                         JOIN invoice i ON i.id = t.invoice_id
                         WHERE t.online_payment_id = c.online_payment_id ORDER BY t.position),
                   d.owed_minor
            FROM chargeback c JOIN chargeback_debt d ON d.chargeback_id = c.id
            LEFT JOIN organisation b ON b.id = d.payer_id
            WHERE c.books_unit_id = $1 AND ($2::uuid[] IS NULL OR c.books_unit_id = ANY($2))
            ORDER BY c.id DESC LIMIT 100""",
        books_unit_id,
        actor.visible,
    )
    return [_listed(Chargeback(*record[:OWN]), *record[OWN:]) for record in records]


def _listed(
    one: Chargeback, buyer_id: UUID | None, buyer_zh: str | None, numbers: list[str], owed: int
) -> ListedChargeback:
    said = reasons.in_words(one.reason)
    return ListedChargeback(
        **msgspec.structs.asdict(one),
        reason_zh=said.zh,
        reason_en=said.en,
        buyer_id=buyer_id,
        buyer_zh=buyer_zh,
        numbers=numbers,
        owed_minor=owed,
    )
