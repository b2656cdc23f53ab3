"""What undoing an explanation is: its row, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.moves import Moves


class ExplanationUndoState(StrEnum):
    """APPROVED: what was explained is undone."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


MOVES: Final = Moves(
    "stripe_explanation_undo",
    {
        ("approve", ExplanationUndoState.PROPOSED): ExplanationUndoState.APPROVED,
        ("reject", ExplanationUndoState.PROPOSED): ExplanationUndoState.REJECTED,
        ("withdraw", ExplanationUndoState.PROPOSED): ExplanationUndoState.WITHDRAWN,
    },
    births={"propose": ExplanationUndoState.PROPOSED},
)


class ExplanationUndo(msgspec.Struct, frozen=True):
    """That an explanation was wrong, of so much in less out; ``note`` says why it stands."""

    id: UUID
    explanation_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    reason: str
    state: ExplanationUndoState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    undone_on: date | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ExplanationUndoState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, ExplanationUndoState(self.state))


class UndoNeedsFinance(Forbidden):
    """Who explains says that it was wrong."""

    code = "stripe_explanation_undo_needs_finance"
    zh = "只有账套单位的财务可以申请撤销待查明细的说明；出纳不能对账。请由该单位财务登录后办理。"
    en = "Only finance of the unit with the books asks to undo what explained a line. Ask finance."


class UndoNeedsLeader(Forbidden):
    """What goes back to suspense is decided above finance."""

    code = "stripe_explanation_undo_needs_the_leader"
    zh = "撤销待查明细的说明须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on undoing an explanation. Ask a leader."


class OwnUndo(Forbidden):
    """The maker never approves."""

    code = "stripe_explanation_undo_by_its_proposer"
    zh = "不能审批自己提出的撤销。请由另一位负责人办理。"
    en = "Nobody decides on undoing what he proposed to undo. Ask another leader."


class OnlyProposerWithdraws(Forbidden):
    """Others decide on it."""

    code = "stripe_explanation_undo_withdrawn_by_another"
    zh = "只有申请撤销说明的财务本人可以撤回该申请。不同意的，请由负责人驳回。"
    en = (
        "Only who proposed to undo an explanation, still being finance, withdraws that. Whoever is "
        "against it has a leader reject it."
    )


class UndoProposed(Conflict):
    """One waiting proposal an explanation."""

    code = "stripe_explanation_undo_already_proposed"
    zh = "该说明已有待审批的撤销。请先由负责人处理，或由申请人撤回。"
    en = (
        "Undoing this explanation is proposed already. Have a leader decide on that, or who "
        "proposed it withdraw it."
    )


class BookedByItsRule(Conflict):
    """Its payment, refund, chargeback or payout stands on it."""

    code = "stripe_explanation_booked_by_rule"
    zh = (
        "该明细已按规则记账，其付款、退款、拒付或提现以此为据，不能撤销。"
        "请改办其后续：多收的款项在平台退款，冲错的请款单用贷项通知，预存款抵付有误的撤销该抵付。"
    )
    en = (
        "The line was booked by its rule, and its payment, refund, chargeback or payout stands on "
        "that, so it is not undone. Mend what came of it: refund here what was paid too much, "
        "issue a credit note for a wrong invoice, or undo a wrong use of credit."
    )


class PaidOurRefund(Conflict):
    """The refund would be neither paid nor on its way."""

    code = "stripe_explanation_paid_refund"
    zh = (
        "退款 {number} 以该明细到账或退回，不能撤销。款项没有到付款单位的，请在 Stripe 后台核对；"
        "退回时 Stripe 另有明细，届时说明为该退款的退回。"
    )
    en = (
        "Refund {number} was paid, or came back, by this line, so it is not undone. If its payer "
        "has not got it, look it up on Stripe's dashboard: what comes back is another line, and is "
        "explained as that refund then."
    )


class CreditIsGone(Conflict):
    """What brought credit takes it again, from whoever has it still."""

    code = "stripe_explanation_credit_gone"
    zh = (
        "撤销须从该付款单位的预存款扣除 {amount}，而其余额为 {balance}，其中 {kept} 为拒付、"
        "未在平台发起的退款或未付请款单所扣留。请先撤销预存款的抵付，或撤回尚未汇出的退款，再办理撤销。"
    )
    en = (
        "Undoing it takes {amount} of the payer's credit, which holds {balance}, and {kept} of "
        "that must stay for chargebacks, refunds past the market or invoices. Undo a use of "
        "credit, or withdraw a refund that has not gone out, and then undo this."
    )


class WentBackSince(Conflict):
    """What went back of a charge is that of whose credit it is."""

    code = "stripe_explanation_went_back"
    zh = (
        "该收款已有 {amount} 由该单位的预存款退回付款方，或因拒付从中扣除，不能撤销。"
        "退回明细的说明有误的，请先撤销这些说明；因拒付扣除的，收款即归该单位。"
    )
    en = (
        "{amount} of this charge went back off that organisation's credit, by refunds or by a lost "
        "chargeback. Undo what explains the refunds first; what a chargeback took stays its own."
    )


class CameBackSince(Conflict):
    """More cannot have come back of a charge than went."""

    code = "stripe_explanation_came_back"
    zh = "该收款另有 {amount} 已说明为转回，撤销后转回的将多于退出的。请先撤销对转回明细的说明。"
    en = (
        "{amount} that came back of this charge is explained as well, and would be more than went. "
        "Undo what explains the line that brought it back first."
    )


def may_propose(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_decide(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.approves(books_unit_id, Role.LEADER)
