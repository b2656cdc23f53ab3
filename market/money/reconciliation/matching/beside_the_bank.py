"""Why what stands in suspense without a bank's line does so, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from market.base.db import Connection
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import places
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.payments.stripe_explanations.places import Kind
from market.money.payments.stripe_lines import aside_queries as lines
from market.money.reconciliation.matching.reasons import ToldReason
from market.money.reconciliation.matching.views import SuspendedLine

OWED: Final = ToldReason(
    "chargeback_owed",
    "拒付败诉的金额未能由请款单和预存款承担；付款人再有预存款时自动抵付",
    "A lost chargeback that neither invoices nor credit covered: where its payer is known, it "
    "comes off whatever credit he has again",
)
UNEXPLAINED: Final = ToldReason(
    "stripe_line_unexplained",
    "Stripe 结算明细没有对应的付款、退款、提现或拒付，请到 Stripe 后台核对后说明其去向",
    "A line of Stripe's balance that no payment, refund, payout or chargeback explains: look it up "
    "there, then explain where it belongs",
)
PAST_MARKET: Final = ToldReason(
    "stripe_line_of_charge_past_market",
    "Stripe 结算明细是收款，不能按平台上的在线付款入账（未在平台发起，或币种与所要的不符）："
    "请到 Stripe 后台核对付款人，以 organisation_id 说明是哪个客户的预存款",
    "A line of Stripe's balance that is a charge which no payment online of this market can be "
    "booked by (nobody began it here, or it came in another currency): look its payer up there, "
    "then explain it as that customer's credit, by organisation_id",
)
OF_PAST_CHARGE: Final = ToldReason(
    "stripe_line_of_past_charge",
    "Stripe 结算明细是一笔已说明为客户预存款的收款的退回或转回：请到 Stripe 后台核对后说明其去向，"
    "说明为预存款的填写 organisation_id",
    "A line of Stripe's balance that takes back, or gives back, a charge which was explained as a "
    "customer's credit: look it up there, then explain where it belongs, as credit with "
    "organisation_id",
)
OF_ITS_RULE: Final = ToldReason(
    "stripe_line_of_its_rule",
    "Stripe 结算明细未能按规则记账，不能另行说明去向：请到 Stripe 后台核对其付款、拒付或提现，"
    "原因消除后要求按规则重记",
    "A line of Stripe's balance that its rule could not book, and nobody explains otherwise: look "
    "its charge, chargeback or payout up there, and ask for its rule once the cause is gone",
)
OF_REFUND: Final = ToldReason(
    "stripe_line_of_refund",
    "Stripe 结算明细是一笔退款：请到 Stripe 后台核对后，说明为所退在线付款的退款"
    "（由预存款支出，或所付请款单重新欠付）；"
    "是平台提出的，说明为该退款",
    "A line of Stripe's balance that is a refund: look it up there, then explain it as a refund of "
    "its payment, off its payer's credit or so that its invoices are owed again, or as the refund "
    "of this market that it is",
)
TAKEN_BACK: Final = ToldReason(
    "stripe_line_takes_charge_back",
    "在线付款入账后扣款失败，或未实际扣款：请到 Stripe 后台核对后，说明为该在线付款退回的款项"
    "（所付请款单重新欠付，或由预存款扣除）",
    "A payment online that failed after it had come, or was not captured: look it up at Stripe, "
    "then explain it as taken back of that payment, so that its invoices are owed again or off its "
    "payer's credit",
)
LEFT_OF_CHARGEBACK: Final = ToldReason(
    "stripe_line_left_of_chargeback",
    "Stripe 结算明细是拒付按规则记账后所余：请到 Stripe 后台核对该拒付后说明其去向",
    "What the rule left of a chargeback's line of Stripe's balance: look the chargeback up there, "
    "then explain where it belongs",
)
REASONS: Final[Mapping[Kind, ToldReason]] = {
    Kind.OF_ITS_RULE: OF_ITS_RULE,
    Kind.PAST_MARKET: PAST_MARKET,
    Kind.OF_PAST_CHARGE: OF_PAST_CHARGE,
    Kind.REFUND: OF_REFUND,
    Kind.GOES_BACK: TAKEN_BACK,
    Kind.OF_CHARGEBACK: LEFT_OF_CHARGEBACK,
    Kind.OTHER: UNEXPLAINED,
}
WAITS: Final = {
    "leader": ToldReason(
        "waits_for_leader",
        "已提出说明或核销，等待负责人审批",
        "What becomes of it was proposed: it waits for a leader to decide",
    ),
    "rule": ToldReason(
        "waits_for_rule",
        "已要求按规则重记，等待结果",
        "Its rule was asked for once more: it waits for what comes of that",
    ),
}


class Told(NamedTuple):
    """Why a row stands there, and what may be said of it: nothing where that waits, or is none."""

    reason: ToldReason
    may_belong_to: list[BelongsTo]


async def why(conn: Connection, rows: Sequence[SuspendedLine]) -> dict[UUID, Told]:
    """By the row's id, of those that are no lines of a bank."""
    asked = [row for row in rows if row.source == "stripe" and row.waits_for is None]
    found = {line.id: line for line in await lines.find_lines(conn, [row.id for row in asked])}
    told = {row.id: await _of_line(conn, found[row.id], row.amount_minor) for row in asked}
    return {
        row.id: told.get(row.id) or Told(WAITS[row.waits_for] if row.waits_for else OWED, [])
        for row in rows
        if row.source != "bank"
    }


async def _of_line(conn: Connection, line: StripeLine, left_minor: int) -> Told:
    open_to = await places.open_to(conn, line, left_minor)
    return Told(REASONS[places.kind_of(line, open_to)], open_to)
