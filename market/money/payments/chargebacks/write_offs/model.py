"""What a write-off of a chargeback is: its row, states, moves, input and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.ledger.model import Account, Leg, Posting
from market.money.payments.stripe_balance.model import SUSPENSE


class ChargebackWriteOffState(StrEnum):
    """APPROVED: the loss is booked; RECOVERED: it was taken back."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECOVERED = "recovered"


MOVES: Final = Moves(
    "chargeback_write_off",
    {
        ("approve", ChargebackWriteOffState.PROPOSED): ChargebackWriteOffState.APPROVED,
        ("reject", ChargebackWriteOffState.PROPOSED): ChargebackWriteOffState.REJECTED,
        ("recover", ChargebackWriteOffState.APPROVED): ChargebackWriteOffState.RECOVERED,
    },
    births={"propose": ChargebackWriteOffState.PROPOSED},
)


class ChargebackWriteOff(msgspec.Struct, frozen=True):
    """A loss of what a chargeback left in suspense; ``note`` says why it was rejected."""

    id: UUID
    chargeback_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    reason: str
    state: ChargebackWriteOffState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    written_off_on: date | None
    recovered_on: date | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ChargebackWriteOffState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, ChargebackWriteOffState(self.state))


class WritingOff(Input, frozen=True):
    """Why the payer will not pay it."""

    reason: Reason


class WriteOffNeedsFinance(Forbidden):
    """Who keeps the books proposes, and takes back."""

    code = "chargeback_write_off_needs_finance"
    zh = "只有账套单位的财务可以申请核销拒付欠款，或转回该核销。请由该单位财务登录后办理。"
    en = (
        "Only finance of the unit with the books writes a chargeback's debt off, or takes that "
        "back. Ask finance."
    )


class WriteOffNeedsLeader(Forbidden):
    """A loss is approved above finance."""

    code = "chargeback_write_off_needs_the_leader"
    zh = "拒付欠款的核销须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on write-offs. Sign in as that leader."


class OwnWriteOff(Forbidden):
    """The maker never approves."""

    code = "chargeback_write_off_by_its_proposer"
    zh = "不能审批自己提出的拒付欠款核销。请由另一位负责人办理。"
    en = "Nobody decides on a write-off that he proposed. Ask another leader."


class WriteOffProposed(Conflict):
    """One waiting proposal a chargeback."""

    code = "chargeback_write_off_already_proposed"
    zh = "该拒付已有待审批的核销。请先由负责人处理。"
    en = "A write-off of this chargeback is waiting already. Have a leader decide on it."


class Undecided(Conflict):
    """Until its bank has decided, nothing is lost."""

    code = "chargeback_write_off_of_undecided"
    zh = "该拒付尚未裁决，还没有可以核销的欠款。请先提交证据并等待裁决；败诉后仍有尚欠的再申请。"
    en = (
        "The payer's bank has not decided on this chargeback, so nothing of it is owed yet. Answer "
        "it and wait for that; what is owed once it is lost can be written off."
    )


class NothingOwed(Conflict):
    """Only what is owed is lost."""

    code = "chargeback_write_off_of_nothing"
    zh = (
        "该拒付没有留在待查款的欠款，无须核销。由此重新欠付的请款单收不回的，请核销该请款单"
        "（/v1/invoices/…/write-offs）。"
    )
    en = (
        "This chargeback left nothing in suspense that is owed. An invoice that it made owed again "
        "and that cannot be collected is written off itself (/v1/invoices/…/write-offs)."
    )


class OwedNoMore(Conflict):
    """What was proposed is paid by now."""

    code = "chargeback_write_off_of_what_was_paid"
    zh = "申请核销的拒付欠款其后已全部抵补，无须核销。请驳回该申请。"
    en = "The debt that was to be written off is made up by now. Reject the proposal."


class CreditLeft(Conflict):
    """What the payer has pays it by itself."""

    code = "chargeback_write_off_with_credit"
    zh = "付款单位尚有预存款 {currency} {credit}，将自动扣抵该欠款。请待扣抵后再核销其余部分。"
    en = (
        "The payer has {currency} {credit} of credit, of which the debt is taken by itself. Wait "
        "for that, then write off the rest."
    )


class ChargeInSuspense(Conflict):
    """What its charge brought stands there, whosever it is."""

    code = "chargeback_write_off_with_charge"
    zh = (
        "该拒付所涉的收款仍待查明。请先说明该收款的去向：说明为客户预存款的，将自动扣抵该欠款；"
        "无人认领的，说明为 write_off 后再核销。"
    )
    en = (
        "The charge that was disputed stands in suspense. Explain first where it belongs: as a "
        "customer's credit it makes up this debt by itself; nobody's, it is explained as write_off "
        "and the debt written off after that."
    )


class OwedChanged(Conflict):
    """A leader approves the figure that was proposed."""

    code = "chargeback_write_off_amount_changed"
    zh = "申请核销 {currency} {proposed}，而该拒付现欠 {currency} {owed}。请驳回后由财务重新申请。"
    en = (
        "{currency} {proposed} was proposed, but {currency} {owed} is owed now. Reject it and have "
        "finance propose anew."
    )


def may_keep(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_decide(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.approves(books_unit_id, Role.LEADER)


def loss_posting(write_off: ChargebackWriteOff, on: date) -> Posting:
    """What nobody pays leaves suspense as an expense."""
    leg = Leg(Account("write_off"), SUSPENSE, write_off.amount_minor, write_off.currency)
    return Posting(f"chargeback_write_off:{write_off.id}", write_off.books_unit_id, on, [leg])
