"""What a proposal to void is: its row, states, moves and refusals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, Reason
from market.base.moves import Moves


class ProposalState(StrEnum):
    """Decided once."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


MOVES: Final = Moves(
    "void_proposal",
    {
        ("approve", ProposalState.PROPOSED): ProposalState.APPROVED,
        ("reject", ProposalState.PROPOSED): ProposalState.REJECTED,
    },
    births={"propose": ProposalState.PROPOSED},
)


class VoidProposal(msgspec.Struct, frozen=True):
    """A proposal to void an invoice; ``note`` says why it was rejected."""

    id: UUID
    invoice_id: UUID
    reason: str
    state: ProposalState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ProposalState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, ProposalState(self.state))


class Proposing(Input, frozen=True):
    """Why the invoice should not have been."""

    reason: Reason


class NotTheVoidLeader(Forbidden):
    """Voiding is approved above finance."""

    code = "void_needs_the_leader"
    zh = "作废须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on voiding. Sign in as that leader."


class OwnVoidProposal(Forbidden):
    """The maker never approves."""

    code = "void_by_its_proposer"
    zh = "不能审批自己提出的作废。请由另一位负责人办理。"
    en = "Nobody decides on his own proposal. Ask another leader."


class VoidProposed(Conflict):
    """One live proposal per invoice."""

    code = "void_already_proposed"
    zh = "该请款单已有待审批的作废申请。请先由负责人处理该申请。"
    en = "A proposal to void this invoice is waiting already. Have a leader decide on it."


class InvoicePaid(Conflict):
    """Money that came in is not undone by voiding."""

    code = "invoice_has_receipts"
    zh = "请款单 {number} 已有收款，不能作废。确系误配的，请先撤销匹配；款项无误的，请款单应保留。"
    en = "Invoice {number} has receipts. Undo those matched wrongly first; what is paid stays."


class InvoiceHasFapiao(Conflict):
    """A tax document stands on it."""

    code = "invoice_has_fapiao"
    zh = (
        "请款单 {number} 已有发票或发票申请，不能作废。未开的请先撤回申请；已开票的请开具贷项通知。"
    )
    en = (
        "Invoice {number} has a fapiao or a request for one. Withdraw the request first; "
        "once one is issued, issue a credit note instead."
    )


class InvoiceCredited(Conflict):
    """Credit was given on it."""

    code = "invoice_was_credited"
    zh = "请款单 {number} 已有贷项通知，不能作废。其余金额请继续以贷项通知冲减。"
    en = "Invoice {number} was credited and stays. Credit the rest of it by another credit note."


class PastTaxPoint(Conflict):
    """Its VAT is owed to the state."""

    code = "invoice_past_tax_point"
    zh = "请款单 {number} 已到纳税义务发生时间，不能作废。确不应收取的，请开具贷项通知。"
    en = "Invoice {number} is past its tax point and stays. Issue a credit note if it is not owed."
