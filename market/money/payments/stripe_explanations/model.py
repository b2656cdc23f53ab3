"""What an explanation of a line of Stripe's balance is: its row, moves, input and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input, Reason
from market.base.moves import Moves


class ExplanationState(StrEnum):
    """APPROVED: it is posted; UNDONE: that was mirrored, and the line may be explained anew."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


MOVES: Final = Moves(
    "stripe_explanation",
    {
        ("approve", ExplanationState.PROPOSED): ExplanationState.APPROVED,
        ("reject", ExplanationState.PROPOSED): ExplanationState.REJECTED,
        ("withdraw", ExplanationState.PROPOSED): ExplanationState.WITHDRAWN,
        ("undo", ExplanationState.APPROVED): ExplanationState.UNDONE,
    },
    births={"propose": ExplanationState.PROPOSED},
)


class BelongsTo(StrEnum):
    """Where the money goes; RULE: wherever the line's own category says, asked once more.

    CUSTOMER_CREDIT: a refund of a charge, made past the market, or one that came back; a charge
    that nobody asked for here, and what goes back of it. RECEIVABLE: it takes back what a charge
    had paid of invoices, which are owed again. REFUND_PENDING: a refund of ours.
    STRIPE_IN_TRANSIT: it came from the unit's bank, or went there without a payout. WRITE_OFF: a
    loss that nothing else explains, or what came back of one.
    """

    RULE = "rule"
    STRIPE_FEES = "stripe_fees"
    CUSTOMER_CREDIT = "customer_credit"
    RECEIVABLE = "receivable"
    REFUND_PENDING = "refund_pending"
    STRIPE_IN_TRANSIT = "stripe_in_transit"
    EXCHANGE_DIFFERENCE = "exchange_difference"
    INTEREST_INCOME = "interest_income"
    WRITE_OFF = "write_off"


class LineExplanation(msgspec.Struct, frozen=True):
    """What a line left in suspense, in less out, and where it belongs.

    ``note`` says why it was rejected; ``explained_on``: the day for which it is posted.
    """

    id: UUID
    stripe_line_id: UUID
    books_unit_id: UUID
    belongs_to: BelongsTo
    online_payment_id: UUID | None
    refund_id: UUID | None
    organisation_id: UUID | None
    amount_minor: int
    currency: str
    reason: str
    state: ExplanationState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    explained_on: date | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ExplanationState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, ExplanationState(self.state))


class Explaining(Input, frozen=True, kw_only=True):
    """Where the money belongs, and how one knows.

    For customer_credit either ``online_payment_id``: whose charge was refunded, or
    ``organisation_id``: who paid by a charge that nobody asked for here. ``refund_id`` for
    refund_pending.
    """

    belongs_to: BelongsTo
    online_payment_id: UUID | None = None
    refund_id: UUID | None = None
    organisation_id: UUID | None = None
    reason: Reason

    @property
    def is_complete(self) -> bool:
        """It names what its place needs, and nothing else."""
        by_payment, by_refund, by_customer = [
            one is not None
            for one in (self.online_payment_id, self.refund_id, self.organisation_id)
        ]
        if self.belongs_to == BelongsTo.CUSTOMER_CREDIT:
            return by_payment != by_customer and not by_refund
        place = self.belongs_to
        named = (place == BelongsTo.RECEIVABLE, place == BelongsTo.REFUND_PENDING, False)
        return (by_payment, by_refund, by_customer) == named


class ExplanationNeedsFinance(Forbidden):
    """A cashier reconciles nothing."""

    code = "stripe_explanation_needs_finance"
    zh = "只有账套单位的财务可以说明待查的结算明细；出纳不能对账。请由该单位财务登录后办理。"
    en = "Only finance of the unit with the books explains a line in suspense. Sign in as finance."


class ExplanationNeedsLeader(Forbidden):
    """What leaves suspense is decided above finance."""

    code = "stripe_explanation_needs_the_leader"
    zh = "待查明细的说明须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on what explains a line. Ask a leader."


class OwnExplanation(Forbidden):
    """The maker never approves."""

    code = "stripe_explanation_by_its_proposer"
    zh = "不能审批自己提出的说明。请由另一位负责人办理。"
    en = "Nobody decides on an explanation that he proposed. Ask another leader."


class OnlyProposerWithdraws(Forbidden):
    """Others decide on it."""

    code = "stripe_explanation_withdrawn_by_another"
    zh = "只有提出说明的财务本人可以撤回该说明。不同意的，请由负责人驳回。"
    en = (
        "Only who proposed an explanation, still being finance, withdraws it. Whoever is against "
        "it has a leader reject it."
    )


class ExplanationProposed(Conflict):
    """One waiting explanation a line."""

    code = "stripe_explanation_already_proposed"
    zh = (
        "该明细已有待处理的说明。请先由负责人审批或驳回，或由提出人撤回；"
        "按规则重记的，请稍候其结果。"
    )
    en = (
        "An explanation of this line is waiting already. Have a leader decide on it, or who "
        "proposed it withdraw it; where the line is to be booked by its rule, wait for what comes "
        "of it."
    )


class LineExplained(Conflict):
    """What is explained stands in suspense no longer."""

    code = "stripe_line_explained"
    zh = "该明细不在待查款中，无须说明。请在待查款清单中另选一笔。"
    en = "The line does not stand in suspense, so there is nothing to explain. Choose another."


class NothingInSuspense(Conflict):
    """A line of nothing can but be booked by its rule."""

    code = "stripe_line_of_nothing"
    zh = "该明细没有留在待查款中的金额，只能按规则重记。请改为按规则重记。"
    en = "The line left nothing in suspense. Ask for it to be booked by its rule instead."


class RuleTakesWhole(Conflict):
    """What was booked in part is not booked again."""

    code = "stripe_line_partly_booked"
    zh = "该明细只有一部分留在待查款中，其余已按规则记账，不能整笔重记。请说明余下部分的去向。"
    en = (
        "Only a part of the line stands in suspense, the rest was booked by its rule, so it is not "
        "booked again. Say where the part belongs."
    )


class ExplanationIncomplete(Invalid):
    """Each place needs what identifies it, and nothing else."""

    code = "stripe_explanation_incomplete"
    zh = (
        "去向填写有误：customer_credit 须有 online_payment_id 或 organisation_id 之一，"
        "receivable 须有 online_payment_id，refund_pending 须有 refund_id，其余去向都不填。"
        "请改正后重新提交。"
    )
    en = (
        "customer_credit names online_payment_id or organisation_id, one of them, receivable names "
        "online_payment_id and refund_pending names refund_id; the others name nothing. Mend it "
        "and send it again."
    )


class LineOfItsRule(Conflict):
    """By another word its payment, chargeback or payout would never end."""

    code = "stripe_line_of_its_rule"
    zh = (
        "收款、拒付、拒付退回、提现和提现退回的明细只能按规则重记，不能另行指定去向。"
        "请申请按规则重记；仍不能记账的，请先在 Stripe 后台核对其付款、拒付或提现，"
        "同一拒付有扣款明细待查的先重记该笔，原因消除后再次申请，此前款项留在待查款中。"
    )
    en = (
        "A line of a charge, a chargeback or a payout, or of what came back of one, is booked by "
        "its rule alone. Ask for its rule. If that rejects it, look the charge, dispute or payout "
        "up on Stripe's dashboard, have the line by which a dispute took its money booked first, "
        "and ask again once the cause is gone; until then it stands in suspense."
    )


class PlaceNotOfLine(Invalid):
    """What Stripe says that it is limits where it can belong."""

    code = "stripe_explanation_place_not_of_line"
    zh = "该明细不能说明为这一去向，可选去向：{places}。请改选。"
    en = "The line does not belong there; it can belong to: {places}. Choose one of these."


class LineNotOfCharge(Invalid):
    """What goes back is of one charge, in money that meets it."""

    code = "stripe_line_not_of_charge"
    zh = (
        "该明细不是从这笔在线付款退回的款项：须为退款、扣款失败或未实际扣款的明细，"
        "同一账套、已入账的付款，币种须能对应；转回的不超过此前说明为该付款退回的金额，"
        "或同一编号明细所扣的金额。"
        "请核对并改选在线付款；是平台的退款的，请说明为该退款。"
    )
    en = (
        "The line is not of this payment: it is of a refund, of a charge that failed afterwards or "
        "of what was not captured, in the same books, of a payment that is booked, in its "
        "currency; and brings back no more than was explained as taken of it, or than the line of "
        "its own number took. Name the payment that it is of, or the refund if it is one of this "
        "market's."
    )


class LineAboveCharge(Conflict):
    """Never more than the charge brought, less what went back of it by whatever way."""

    code = "stripe_line_above_charge"
    zh = (
        "该在线付款扣除已退款和拒付后，最多还可退回 {left}，而该明细退出了 {amount}。"
        "请改选这笔钱所属的在线付款；是平台的退款的，请说明为该退款；"
        "该付款已无可退的，请说明为损失。"
    )
    en = (
        "Of this payment {left} can have gone back, refunds and chargebacks taken off, and the "
        "line took {amount}. Name the payment that it is of, or the refund if it is one of this "
        "market's; where nothing of the payment is left, explain the line as a loss."
    )


class LineNotOfStripeRefund(Invalid):
    """It is the line that the refund waits for: all of it."""

    code = "stripe_line_not_of_refund"
    zh = (
        "该明细不是退款 {number}：须为退款类明细，同一账套，退款已提交且正在途或已到账，"
        "编号与金额一致（Stripe 未告知编号的，须付款和金额一致），且尚无同向的明细。"
        "编号一致而金额不符的，请说明为该在线付款的退款，原退款随之失败。"
    )
    en = (
        "The line is not refund {number}: it is of a refund in the same books that is on its way "
        "or paid, with its number and amount, or its payment and amount where Stripe told no "
        "number, and has no such line yet. If another amount moved under its number, explain it "
        "as a refund of the payment's charge: refund {number} fails with that."
    )


class LineOfRefund(Conflict):
    """What is a refund of ours is told as that."""

    code = "stripe_line_of_our_refund"
    zh = "该明细就是退款 {number}，金额一致。请说明为该退款，使其到账。"
    en = "The line is refund {number}, to the fen. Explain it as that refund, which is paid then."


class LineMayBeRefund(Conflict):
    """Else its payer's credit would be taken for it once more, and the refund wait for ever."""

    code = "stripe_line_may_be_our_refund"
    zh = (
        "退款 {number} 已提交 Stripe，其明细尚未入账，该明细可能就是它。就是的，请说明为该退款"
        "（编号未知的，请待 Stripe 告知）；不是的，请待该退款的明细入账或退款失败后再说明。"
    )
    en = (
        "Stripe was asked for refund {number}, no line of it has come, and this may be it. If it "
        "is, explain it as that refund, once Stripe has told its number; if not, explain it when "
        "that refund's own line has come, or the refund has failed."
    )


class CreditTooSmall(Conflict):
    """Only credit goes back."""

    code = "stripe_explanation_above_credit"
    zh = (
        "付款单位的预存款余额为 {balance}，不足 {amount}，不能作为其预存款的退款。"
        "该付款所付的请款单应重新付款的，请改为 receivable；预存款已抵付其他请款单的，"
        "请先撤销抵付；只有双方已商定减价的，才先冲减请款单；付款有误的，请改选在线付款。"
    )
    en = (
        "The payer's credit holds {balance}, less than {amount}, so it was not refunded from that. "
        "Where the payment had paid invoices that are to be paid again, name receivable; where "
        "the credit paid others, undo that use first; credit an invoice only where a reduction "
        "was agreed. Or name the payment that it is of."
    )


class NoCustomer(Invalid):
    """A stranger has no credit."""

    code = "stripe_explanation_of_no_customer"
    zh = "该单位在本账套没有合同或请款单，不能将收款记为其预存款。请核对付款单位。"
    en = (
        "The organisation has no contract and no invoice in these books, so that nothing it paid "
        "is its credit here. Check who paid."
    )


class ChargeOfAnother(Conflict):
    """What a payment of ours was to be is of its own payer."""

    code = "stripe_charge_of_another"
    zh = "该收款是另一单位的在线付款。请选该在线付款的付款单位。"
    en = (
        "The charge was made for a payment of another organisation. Name the payer of that payment."
    )


class LineNotOfPastCharge(Invalid):
    """What goes back is of a charge that is his credit."""

    code = "stripe_line_not_of_past_charge"
    zh = (
        "该明细不是从该单位的收款退回的：须先将同一笔收款（Stripe 编号、币种一致）说明为该单位的"
        "预存款；转回的不超过此前退出的。请先说明该笔收款，或改选在线付款。"
    )
    en = (
        "The line takes back no charge that is this organisation's credit: explain the charge of "
        "the same number and currency as its credit first, or name the payment that it is of; and "
        "no more comes back than went."
    )


class CreditReserved(Conflict):
    """It is there, and is to go back to him by another way."""

    code = "stripe_explanation_above_unreserved_credit"
    zh = (
        "付款单位的预存款余额为 {balance}，不足 {amount}，另有 {reserved} 已为尚未退出的退款预留。"
        "请先撤回、驳回这些退款或登记其失败，再重新说明；付款有误的，请改选在线付款。"
    )
    en = (
        "The payer's credit holds {balance}, less than {amount}; {reserved} more is reserved for "
        "refunds that have not gone out. Have one of them withdrawn, rejected or recorded as "
        "failed and explain it then, or name the payment that it is of."
    )


class RuleDecides(Conflict):
    """Nobody approves what a rule finds."""

    code = "stripe_explanation_of_its_rule"
    zh = "按规则重记由系统自动办理，无须审批。请稍候其结果；不再需要的，可以驳回或由提出人撤回。"
    en = "What is booked by its rule needs no approval. Wait for it, or reject or withdraw it."


def may_propose(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_decide(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.approves(books_unit_id, Role.LEADER)
