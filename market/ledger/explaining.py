"""Why a posting stands where it stands: its cause, its month, its transfers, its total."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection
from market.base.explanations import Explanation, Step
from market.ledger import operations
from market.ledger.model import FullPosting, Transfer

IN_ITS_MONTH: Final = "ledger.booked_in_its_month"
IN_NEXT_OPEN_MONTH: Final = "ledger.booked_in_next_open_month"
TRANSFER: Final = "ledger.debit_equals_credit"


async def explain_posting(conn: Connection, actor: Actor, posting_id: UUID) -> Explanation:
    """Raises as reading the posting does."""
    posting = await operations.read_posting(conn, actor, posting_id)
    return Explanation(
        inputs={
            "cause": posting.cause,
            "books": posting.books,
            "effective_on": posting.effective_on,
        },
        steps=[_month(posting), *map(_transfer, posting.transfers)],
        result={
            "period": posting.period,
            "voucher_number": posting.voucher_number,
            "totals_minor": _totals(posting),
        },
        sources=[],
    )


def _month(posting: FullPosting) -> Step:
    values = {"effective_on": posting.effective_on, "period": posting.period}
    if posting.period == posting.effective_on.replace(day=1):
        return Step(
            IN_ITS_MONTH,
            "业务日期所在月份未结账，记入该月。",
            "The month of its date was open, so it is booked there.",
            values,
        )
    return Step(
        IN_NEXT_OPEN_MONTH,
        "业务日期所在月份已结账，保留业务日期，记入其后第一个未结账的月份。",
        "The month of its date was closed: it keeps its date, in the first open month after.",
        values,
    )


def _transfer(transfer: Transfer) -> Step:
    return Step(
        TRANSFER,
        f"借：{transfer.debit_zh}；贷：{transfer.credit_zh}。",
        f"Debit {transfer.debit_en}; credit {transfer.credit_en}.",
        {
            "debit": {"kind": transfer.debit_kind, "subject": transfer.debit_subject},
            "credit": {"kind": transfer.credit_kind, "subject": transfer.credit_subject},
            "amount_minor": transfer.amount_minor,
            "currency": transfer.currency,
        },
    )


def _totals(posting: FullPosting) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for transfer in posting.transfers:
        totals[transfer.currency] += transfer.amount_minor
    return dict(totals)
