"""What a credit note is: its rows, states, moves, inputs and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import AmountMinor, Input, Position, PositiveMinor, Reason
from market.base.moves import Moves


class NoteState(StrEnum):
    """Decided once; what was issued stays."""

    PROPOSED = "proposed"
    ISSUED = "issued"
    REJECTED = "rejected"


MOVES: Final = Moves(
    "credit_note",
    {
        ("approve", NoteState.PROPOSED): NoteState.ISSUED,
        ("reject", NoteState.PROPOSED): NoteState.REJECTED,
    },
    births={"propose": NoteState.PROPOSED},
)


class CreditNote(msgspec.Struct, frozen=True):
    """A credit note on one invoice.

    ``owner_minor``: of what an agent collects for the owners of a right, untaxed.
    ``offset_minor``: what of it was open when it was issued; the rest became customer credit.
    ``note`` says why it was rejected.
    """

    id: UUID
    number: str | None
    invoice_id: UUID
    contract_id: UUID
    books_unit_id: UUID
    reason: str
    currency: str
    amount_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    offset_minor: int | None
    issued_on: date | None
    state: NoteState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        return f"credit_note:{self.id}"

    def after(self, move: str) -> NoteState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, NoteState(self.state))


class NoteLine(msgspec.Struct, frozen=True):
    """How much of a line of the invoice is credited, tax included, and how much VAT is in it."""

    position: int
    amount_minor: int
    vat_minor: int


class NotePart(msgspec.Struct, frozen=True):
    """How much comes off a milestone: of its net price, and of what an agent passes on.

    ``accepted``: whether its revenue was there when the note was issued.
    """

    milestone_id: UUID
    net_minor: int
    owner_minor: int
    accepted: bool | None


class FullNote(CreditNote, frozen=True):
    """A credit note with its lines and the milestones that it comes off."""

    lines: list[NoteLine]
    milestones: list[NotePart]


class LineCredited(Input, frozen=True, kw_only=True):
    """A line of the invoice by its position, and how much of it is credited, tax included."""

    position: Position
    amount_minor: PositiveMinor


class MilestoneCredited(Input, frozen=True, kw_only=True):
    """A milestone, and how much comes off its net price and off what an agent passes on."""

    milestone_id: UUID
    net_minor: AmountMinor
    owner_minor: AmountMinor = 0


class NewCreditNote(Input, frozen=True, kw_only=True):
    """What is credited and why.

    Without lines, all that is left of the invoice. Without milestones, the one that the instalment
    waits for, then those not accepted and then those accepted, each from the last backwards, as
    far as something is left of them.
    """

    reason: Reason
    lines: Annotated[list[LineCredited], Meta(max_length=20)] = msgspec.field(default_factory=list)
    milestones: Annotated[list[MilestoneCredited], Meta(max_length=100)] = msgspec.field(
        default_factory=list
    )


class NoteNeedsLeader(Forbidden):
    """Credit is approved above finance."""

    code = "credit_note_needs_the_leader"
    zh = "贷项通知须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on a credit note. Sign in as that leader."


class OwnNote(Forbidden):
    """The maker never approves."""

    code = "credit_note_by_its_proposer"
    zh = "不能审批自己提出的贷项通知。请由另一位负责人办理。"
    en = "Nobody decides on his own credit note. Ask another leader."


class NoteProposed(Conflict):
    """One proposed credit note per invoice."""

    code = "credit_note_already_proposed"
    zh = "该请款单已有待审批的贷项通知（编号 {note_id}）。请先由负责人处理该通知。"
    en = "Credit note {note_id} on this invoice is waiting already. Have a leader decide on it."


class NothingLeft(Conflict):
    """What is void or credited already is not credited."""

    code = "nothing_left_to_credit"
    zh = "请款单 {number} 已作废或已全部冲减，没有可冲减的金额。请核对请款单。"
    en = "Invoice {number} is void or credited whole, so nothing is left. Check the invoice."


class LineUnknown(Invalid):
    """A credit note names lines that the invoice has, each once."""

    code = "credit_note_line_unknown"
    zh = "请款单没有第 {position} 行，或该行重复填写。请按请款单的行号各填一次。"
    en = "The invoice has no line {position}, or it is named twice. Name each of its lines once."


class LineHasLess(Conflict):
    """No more is credited of a line than is left of it."""

    code = "credit_note_line_has_less"
    zh = "请款单第 {position} 行尚可冲减 {currency} {left}，不能冲减 {amount}。请减少金额。"
    en = "Line {position} has {currency} {left} left to credit, not {amount}. Use a smaller amount."


class MilestoneUnknown(Invalid):
    """A credit note comes off milestones of its contract, each once."""

    code = "credit_note_milestone_unknown"
    zh = "该里程碑不属于请款单的合同，或重复填写。请核对里程碑编号，各填一次。"
    en = "The milestone is not of the invoice's contract, or is named twice. Name each once."


class MilestoneHasLess(Conflict):
    """No more comes off a milestone than is left of it."""

    code = "credit_note_milestone_has_less"
    zh = (
        "里程碑“{title}”的不含税金额尚余 {currency} {left_net}，代收款尚余 {left_owner}，"
        "不能再减那么多。请改减其他里程碑。"
    )
    en = (
        "Milestone '{title}' has {currency} {left_net} of its net price and {left_owner} to be "
        "passed on left, which is less. Take the rest off other milestones."
    )


class MilestonesDoNotAddUp(Invalid):
    """What comes off milestones is the credited net, to the fen."""

    code = "credit_note_milestones_do_not_add_up"
    zh = (
        "各里程碑冲减合计须等于贷项的不含税金额 {currency} {net} 和代收款 {owner}，"
        "现为 {given_net} 和 {given_owner}。请改正，或不填里程碑由系统分配。"
    )
    en = (
        "The milestones have to add up to the credited net of {currency} {net} and {owner} to be "
        "passed on; they make {given_net} and {given_owner}. Mend them, or name none."
    )


class OwnerWasPaid(Conflict):
    """What an owner has been paid is not his debtor's to credit."""

    code = "owner_was_paid"
    zh = "代收款已支付给权利人，应付权利人款余额不足以冲减。请先向权利人收回款项再办理。"
    en = (
        "The owner of the right was paid, so too little is owed to him. Get it back from him first."
    )
