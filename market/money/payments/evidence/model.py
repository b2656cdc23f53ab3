"""Evidence against chargebacks: rows, moves, inputs, refusals, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid, Phrase
from market.base.fields import MANY_LINES, Email, Input, Line
from market.base.file_types import MediaType
from market.base.moves import Moves
from market.money.payments.alarms.model import Alarm
from market.money.payments.chargebacks.model import Chargeback, ChargebackState

TYPES: Final = (MediaType.PDF, MediaType.PNG, MediaType.JPEG)
# All files together; Stripe sends them on as one.
MOST_FILE_BYTES: Final = 4_500_000

Statement = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=MANY_LINES)]


class EvidenceState(StrEnum):
    """UNKNOWN: Stripe was told and gave no answer. SENT: Stripe has it, and takes no other."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    SENT = "sent"


MOVES: Final = Moves(
    "chargeback_evidence",
    {
        ("submit", EvidenceState.DRAFT): EvidenceState.SUBMITTED,
        ("lose", EvidenceState.SUBMITTED): EvidenceState.UNKNOWN,
        ("send", EvidenceState.SUBMITTED): EvidenceState.SENT,
        ("send", EvidenceState.UNKNOWN): EvidenceState.SENT,
        ("refuse", EvidenceState.SUBMITTED): EvidenceState.DRAFT,
        ("refuse", EvidenceState.UNKNOWN): EvidenceState.DRAFT,
    },
    births={"draft": EvidenceState.DRAFT},
    of_themselves=("lose", "send", "refuse"),
)
TO_PRESENT: Final = (EvidenceState.SUBMITTED, EvidenceState.UNKNOWN)


class Texts(Input, frozen=True, kw_only=True):
    """What is said, under Stripe's names; all of it is optional.

    ``service_date`` as people write it; ``duplicate_charge_id``: Stripe's id of the other charge.
    """

    product_description: Statement | None = None
    service_date: Line | None = None
    customer_name: Line | None = None
    customer_email_address: Email | None = None
    billing_address: Line | None = None
    access_activity_log: Statement | None = None
    cancellation_policy_disclosure: Statement | None = None
    cancellation_rebuttal: Statement | None = None
    duplicate_charge_explanation: Statement | None = None
    duplicate_charge_id: Line | None = None
    refund_policy_disclosure: Statement | None = None
    refund_refusal_explanation: Statement | None = None
    uncategorized_text: Statement | None = None

    def said(self) -> dict[str, str]:
        given = msgspec.structs.asdict(self)
        return {name: text for name, text in given.items() if text is not None}


class Papers(Input, frozen=True, kw_only=True):
    """Files that the unit uploaded before, each under Stripe's name for what it shows."""

    service_documentation: UUID | None = None
    customer_communication: UUID | None = None
    customer_signature: UUID | None = None
    receipt: UUID | None = None
    duplicate_charge_documentation: UUID | None = None
    cancellation_policy: UUID | None = None
    refund_policy: UUID | None = None
    uncategorized_file: UUID | None = None

    def shown(self) -> dict[str, UUID]:
        given = msgspec.structs.asdict(self)
        return {kind: file_id for kind, file_id in given.items() if file_id is not None}


class EvidenceGiven(Input, frozen=True, kw_only=True):
    """The whole of the evidence: what is left out is taken away."""

    texts: Texts = Texts()
    files: Papers = Papers()


class Evidence(msgspec.Struct, frozen=True):
    """What a unit says; ``submission`` counts how often it was to be sent.

    ``refusal``: Stripe's word for why it did not take the last one; or ``file_unreadable`` or
    ``file_altered`` with the kind of the file, which kept it from being sent.
    """

    id: UUID
    chargeback_id: UUID
    books_unit_id: UUID
    state: EvidenceState
    texts: dict[str, str]
    drafted_by: UUID
    submission: int
    submitted_by: UUID | None
    submitted_at: datetime | None
    called_at: datetime | None
    sent_at: datetime | None
    refusal: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> EvidenceState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, EvidenceState(self.state))

    @property
    def key(self) -> str:
        """What Stripe knows this submission by."""
        return f"{self.id}:{self.submission}"


class Paper(msgspec.Struct, frozen=True):
    """A file of the evidence; ``stripe_file_id`` once Stripe has it."""

    kind: str
    file_id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    stripe_file_id: str | None


class FullEvidence(Evidence, frozen=True):
    """The evidence with its files."""

    files: list[Paper]


class FullChargeback(Chargeback, frozen=True):
    """A chargeback with what was done about it.

    ``missing`` names what the evidence lacks of what usually counts for the bank's reason;
    ``is_due`` is false once evidence counts no more, or has reached the bank.
    """

    evidence: FullEvidence | None
    missing: list[str]
    is_due: bool
    alarms: list[Alarm]


# What a bank looks for in a payment for services, whatever its reason; and by its reason.
ALWAYS_WANTED: Final = (
    "product_description",
    "service_date",
    "customer_name",
    "service_documentation",
    "customer_communication",
)
WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    "fraudulent": ("customer_email_address", "customer_signature"),
    "unrecognized": ("customer_email_address", "receipt"),
    "duplicate": (
        "duplicate_charge_explanation",
        "duplicate_charge_id",
        "duplicate_charge_documentation",
    ),
    "credit_not_processed": ("refund_policy", "refund_refusal_explanation"),
    "subscription_canceled": ("cancellation_policy", "cancellation_rebuttal"),
    "product_not_received": ("customer_signature",),
    "product_unacceptable": ("refund_policy", "refund_refusal_explanation"),
}


def missing_of(reason: str, evidence: FullEvidence | None) -> list[str]:
    """What is wanted and not there; a unit may leave out what does not fit its case."""
    has = {*evidence.texts, *(paper.kind for paper in evidence.files)} if evidence else set()
    return [name for name in (*ALWAYS_WANTED, *WANTED.get(reason, ())) if name not in has]


def may_defend(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


class EvidenceNeedsFinance(Forbidden):
    """Who keeps the receivables answers for them."""

    code = "evidence_needs_finance"
    zh = "只有账套单位的财务可以填写和提交拒付证据。请由其财务登录后办理。"
    en = (
        "Evidence is written and submitted by finance of the unit that keeps the books. Ask a "
        "colleague who signs in as its finance."
    )


def after_decision(state: ChargebackState) -> Phrase:
    """What is left to do, now that evidence is not."""
    if state == ChargebackState.LOST:
        return Phrase("请与买方联系另行付款", "Ask the buyer to pay otherwise")
    return Phrase("款项已退回，无须另行办理", "The money is back, and nothing is left to be done")


class ChargebackDecided(Conflict):
    """The payer's bank reads nothing more."""

    code = "chargeback_decided"
    zh = "该拒付已{state}，不再接收证据。{next}。"
    en = "The chargeback is over ('{state}') and takes no evidence. {next}."


class EvidenceTooLate(Conflict):
    """Evidence counts until its due day."""

    code = "evidence_too_late"
    zh = "证据须在 {until} 前提交，现已逾期，不再接收。请与买方联系撤回拒付或另行付款。"
    en = (
        "Evidence counted until {until}, and is not taken any more. Ask the buyer to withdraw the "
        "chargeback or to pay otherwise."
    )


class EvidenceSubmitted(Conflict):
    """Stripe takes it once."""

    code = "evidence_submitted"
    zh = "证据已提交（{state}），不能再改，也不能再次提交。请等待银行裁决。"
    en = "The evidence was submitted ('{state}') and is changed or sent no more. Await the bank."


class EvidenceAtTheBank(Conflict):
    """What was sent on Stripe's own pages counts like what is sent from here, and as often."""

    code = "evidence_at_the_bank"
    zh = "银行已收到在 Stripe 后台提交的证据，不再接收其他证据。请等待银行裁决。"
    en = (
        "The bank has evidence that was sent on Stripe's own pages, and takes no other. Await its "
        "decision."
    )


class NothingToSubmit(Conflict):
    """Silence is no evidence."""

    code = "evidence_empty"
    zh = "证据还是空的。请先填写说明或上传文件，再提交。"
    en = "There is no evidence yet. Write something or add a file, then submit it."


class UnknownPaper(Invalid):
    """A file that the actor's organisation does not read."""

    code = "evidence_file_unknown"
    zh = "本单位没有编号为 {file_id} 的文件。请先上传，再填写其编号。"
    en = "Your organisation reads no file {file_id}. Upload it first, then name it."


class PaperTypeRefused(Invalid):
    """Stripe takes pages and pictures."""

    code = "evidence_type_refused"
    zh = "文件“{name}”为“{found}”；证据文件只能是 PDF、PNG 或 JPEG。请转换后重新上传。"
    en = "'{name}' is {found}; evidence is PDF, PNG or JPEG. Convert it and upload it again."


class PapersTooLarge(Invalid):
    """What Stripe passes on is bounded."""

    code = "evidence_too_large"
    zh = "证据文件合计 {found} MiB，超过 {most} MiB 的上限。请压缩或减少文件。"
    en = (
        "The files of the evidence are {found} MiB in all, over the limit of {most} MiB. Shrink "
        "them, or name fewer."
    )
