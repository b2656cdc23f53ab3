"""Lines that were set aside, asked of Stripe anew and booked by their rule; the worker's."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.money.payments import calling
from market.money.payments.rails import Rail
from market.money.payments.stripe_balance import telling
from market.money.payments.stripe_balance.faults import FAULTS_OF_THE_LINE
from market.money.payments.stripe_balance.model import Balance
from market.money.payments.stripe_explanations import operations, queries

log = structlog.get_logger("market.stripe")

NOTE: Final = (
    "按规则仍无法记账，请核对后说明其去向；只能按规则重记的，原因消除后再次申请。 "
    "Its rule still does not know what to make of it: look it up and say where it belongs; where "
    "nobody may, ask for the rule again once the cause is gone."
)
UNTOLD: Final = (
    "Stripe 拒绝提供该笔明细，请核对后说明其去向；只能按规则重记的，原因消除后再次申请。 "
    "Stripe refuses to tell of it: look it up and say where it belongs; where nobody may, ask for "
    "the rule again once the cause is gone."
)


async def take_turns(pool: Pool, rail: Rail) -> int:
    """Every line of the unit whose turn it is; tells how many there were."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        due = await queries.due_by_rule(conn, rail.unit_id, calling.AT_ONCE)
    for explanation_id, balance_transaction_id in due:
        await _try_again(pool, rail, explanation_id, balance_transaction_id)
    return len(due)


async def _try_again(
    pool: Pool, rail: Rail, explanation_id: UUID, balance_transaction_id: str
) -> None:
    """What the rule says of it; without an answer from Stripe it is another turn's."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await queries.look_again(conn, explanation_id, again_in=calling.WHILE_OPEN)
    line = balance_transaction_id
    async with calling.noting(partial(_note, pool, explanation_id), line=line):
        try:
            told, is_disputed = await _read(rail, line)
            act = partial(
                operations.book_by_rule,
                explanation_id=explanation_id,
                told=told,
                is_disputed=is_disputed,
            )
            await db.retrying(pool, act)
        except FAULTS_OF_THE_LINE as fault:
            log.error("stripe_line_stays_aside", line=line, fault=type(fault).__name__)
            await _reject(pool, explanation_id, NOTE)


async def _note(pool: Pool, explanation_id: UUID, move: str, reason: str | None) -> None:
    """What Stripe refuses to tell is not asked again."""
    if move == "refuse":
        await _reject(pool, explanation_id, UNTOLD)


async def _reject(pool: Pool, explanation_id: UUID, note: str) -> None:
    act = partial(operations.reject_by_rule, explanation_id=explanation_id, note=note)
    await db.retrying(pool, act)


async def _read(rail: Rail, balance_transaction_id: str) -> tuple[Balance, bool]:
    """With whether it is a charge that its payer's bank has ever disputed."""
    asked: Any = {"expand": ["source"]}
    line = await rail.v1.balance_transactions.retrieve_async(balance_transaction_id, asked)
    told = telling.balance(line)
    return told, told.category == "charge" and getattr(line.source, "disputed", False)
