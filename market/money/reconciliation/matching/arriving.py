"""A bank line that is a payout of Stripe's: seen at the bank, or taken back because it failed.

What is in transit covers any line that is smaller. So a line names its payout, each is seen once,
and what was sent for those that nobody has seen yet cannot be used up twice by others.
"""

from __future__ import annotations

from uuid import UUID

from market.base import amounts
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import Conflict, Invalid, NotFound
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.payments.stripe_lines import queries as stripe_lines
from market.money.payments.stripe_lines.model import Payout, PayoutState
from market.money.reconciliation.matching import payout_queries, suggesting
from market.money.reconciliation.matching.model import Match, Matching, MatchState, RestTo
from market.money.reconciliation.matching.reasons import Reason
from market.money.statements.model import BankLine


class NotInTransit(Conflict):
    """A bank line takes out of transit no more than Stripe sent."""

    code = "not_in_transit"
    zh = (
        "Stripe 在途资金为 {balance}，不足以说明该笔 {amount} 的流水。请核对提现列表，"
        "其中列明每笔提现的流水和匹配；先撤销误记为提现的匹配，再重新匹配，或为该流水另选去向。"
    )
    en = (
        "{balance} are in transit from Stripe, which does not cover this line of {amount}. "
        "The list of payouts tells the line and match of each: undo a match that is wrong and "
        "match this line again, or say what else it is."
    )


class NotOfPayout(Invalid):
    """A line is a payout on its way, or one that failed after it was there: all of it."""

    code = "line_not_of_payout"
    zh = (
        "该流水不是提现 {payout}（{amount}）：须同一账套、同一币种、金额相等，且该提现未失败；"
        "失败后退出的，须其到账的流水已匹配。请核对提现记录；提现失败后才看到一进一出两笔流水的，"
        "请将两笔互相匹配为退汇（returned）。"
    )
    en = (
        "The line is not payout {payout} of {amount}: same books, currency and amount, and it has "
        "not failed; or the opposite amount, for one that failed once its line was matched. Check "
        "the payouts; two lines of one that failed before either was matched explain each other, "
        "as returned."
    )


class PayoutTaken(Conflict):
    """A payout is seen at the bank once."""

    code = "payout_already_matched"
    zh = (
        "流水 {line} 已匹配为提现 {payout}（匹配编号 {match}）。请另选提现，或先撤销该匹配，"
        "再重新匹配。"
    )
    en = (
        "Line {line} is payout {payout} already, by match {match}. Name another payout, or undo "
        "that match first."
    )


class PayoutWentBack(Conflict):
    """What the bank took back had arrived."""

    code = "payout_went_back"
    zh = (
        "提现 {payout} 失败后退出的流水 {line} 已匹配（匹配编号 {match}）。"
        "请先撤销该匹配，再撤销到账的匹配。"
    )
    en = (
        "Line {line}, by which payout {payout} went back, is matched. Undo match {match} first, "
        "then that of its arrival."
    )


async def lock(conn: Connection, actor: Actor, terms: Matching) -> Payout | None:
    """After the lines: nobody locks a line who has a payout. NotFound to a stranger."""
    if terms.payout_id is None:
        return None
    payout = await stripe_lines.lock_visible_payout(conn, actor, terms.payout_id)
    require(payout is not None, NotFound(pointer="/rest/payout_id"))
    return payout


async def check(
    conn: Connection,
    line: BankLine,
    terms: Matching,
    payout: Payout | None,
    match_id: UUID | None = None,
) -> None:
    """Raises NotInTransit, NotOfPayout, PayoutTaken. ``match_id``: the match that waits for it."""
    if terms.rest is None or terms.rest.to != RestTo.STRIPE_IN_TRANSIT:
        return
    if payout is not None:
        await _check_named(conn, line, payout, match_id)
    await _require_in_transit(conn, line, terms.rest.amount_minor)


async def require_stayed(conn: Connection, actor: Actor, match: Match) -> None:
    """Before the match is undone. Raises PayoutWentBack: what never came cannot have gone back."""
    payout = await lock(conn, actor, match.terms)
    if payout is None or match.state == MatchState.WAITING:
        return
    if match.amount_minor != payout.amount_minor:
        return
    for one in await payout_queries.matches_of_payout(conn, payout.id):
        if one.id != match.id and one.is_booked:
            raise PayoutWentBack(payout=payout.payout_id, line=one.bank_line_id, match=one.id)


async def _check_named(
    conn: Connection, line: BankLine, payout: Payout, match_id: UUID | None
) -> None:
    rivals = [
        one for one in await payout_queries.matches_of_payout(conn, payout.id) if one.id != match_id
    ]
    amount = amounts.printed(payout.amount_minor, payout.currency)
    require(
        (payout.books_unit_id, payout.currency) == (line.books_unit_id, line.currency)
        and _is_seen(line, payout, has_arrived=any(one.is_booked for one in rivals)),
        NotOfPayout(payout=payout.payout_id, amount=amount, pointer="/rest/payout_id"),
    )
    for one in rivals:
        if one.amount_minor == line.amount_minor:
            raise PayoutTaken(payout=payout.payout_id, line=one.bank_line_id, match=one.id)


def _is_seen(line: BankLine, payout: Payout, *, has_arrived: bool) -> bool:
    if payout.state == PayoutState.SENT:
        return line.amount_minor == payout.amount_minor
    return has_arrived and line.amount_minor == -payout.amount_minor


async def _require_in_transit(conn: Connection, line: BankLine, amount_minor: int) -> None:
    """What arrives was sent; what the bank takes back was told as failed.

    What goes the other way hides none of it. Two lines at once are asked one after the other.
    """
    books, currency = line.books_unit_id, line.currency
    await payout_queries.lock_transit(conn, books, currency)
    balance = await ledger.balance(conn, books, Account("stripe_in_transit"), currency)
    arriving, leaving = await payout_queries.on_their_way(conn, books, currency)
    there_minor = balance - leaving if line.amount_minor > 0 else arriving - balance
    require(
        there_minor >= amount_minor,
        NotInTransit(
            balance=amounts.printed(max(there_minor, 0), currency),
            amount=amounts.printed(amount_minor, currency),
        ),
    )


async def doubts(
    conn: Connection, line: BankLine, terms: Matching, payout: Payout | None
) -> list[Reason]:
    """A sum in transit covers any line that is smaller: which payout it is, two people say.

    So they do of one that came from where they have taken none before, or long after its day.
    """
    if terms.rest is None or terms.rest.to != RestTo.STRIPE_IN_TRANSIT:
        return []
    if payout is None:
        return [Reason("payout_unnamed")]
    names = await payout_queries.stripes_names(conn, line.books_unit_id)
    expected_on = payout.failed_on or payout.due_on or payout.sent_on
    return suggesting.doubts_of_payout(line, payout.sent_on, expected_on, names)
