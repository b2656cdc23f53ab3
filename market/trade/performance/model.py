"""What performing a milestone is made of, who may do it, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import MANY_LINES, Input, Line, Reason, Text
from market.base.moves import Moves
from market.trade.contracts import model as contracts


class State(StrEnum):
    """Where a milestone stands."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    RETURNED = "returned"
    ACCEPTED = "accepted"


MOVES: Final = Moves(
    "milestone",
    {
        ("start", State.PLANNED): State.IN_PROGRESS,
        ("deliver", State.IN_PROGRESS): State.DELIVERED,
        ("return", State.DELIVERED): State.RETURNED,
        ("deliver", State.RETURNED): State.DELIVERED,
        ("accept", State.DELIVERED): State.ACCEPTED,
    },
    births={"plan": State.PLANNED},
)

Paragraph: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=MANY_LINES)]
Evidence: TypeAlias = Annotated[list[UUID], Meta(min_length=1, max_length=20)]
FurtherEvidence: TypeAlias = Annotated[list[UUID], Meta(max_length=20)]


class DeliveryInput(Input, frozen=True):
    """What the provider hands over: a note and the evidence for it."""

    note: Text
    files: Evidence


class ReturnInput(Input, frozen=True):
    """Why the buyer sends a delivery back; the reasons are told to the provider."""

    reasons: Reason


class AcceptanceInput(Input, frozen=True):
    """The content of the acceptance certificate 验收单."""

    inspector: Line
    standard: Paragraph
    result: Paragraph
    files: FurtherEvidence = msgspec.field(default_factory=list)


class MilestoneRow(contracts.Milestone, frozen=True):
    """A planned milestone, who began the work, and what credit notes took off it."""

    state: State
    started_by: UUID | None
    credited_net_minor: int
    credited_owner_minor: int

    def after(self, move: str) -> State:
        return MOVES.after(move, State(self.state))


class Milestone(MilestoneRow, frozen=True):
    """A milestone with the currency of its contract."""

    currency: str


class EvidenceFile(msgspec.Struct, frozen=True):
    """A file that shows the work; downloaded under ``/v1/files/{id}``."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str


class Return(msgspec.Struct, frozen=True):
    """A delivery sent back."""

    reasons: str
    returned_by: UUID
    returned_at: datetime


class DeliveryRow(msgspec.Struct, frozen=True):
    """One round of handing over."""

    id: UUID
    round: int
    note: str
    delivered_by: UUID
    delivered_at: datetime


class Delivery(DeliveryRow, frozen=True):
    """The same with its evidence; ``returned`` is null unless the buyer sent it back."""

    files: list[EvidenceFile]
    returned: Return | None

    def says(self, data: DeliveryInput) -> bool:
        """Whether this is the delivery that the input asks for."""
        return (self.note, ids_of(self.files)) == (data.note, once(data.files))


class CertificateRow(msgspec.Struct, frozen=True):
    """The acceptance certificate 验收单; ``accepted_on`` is the date of the revenue."""

    id: UUID
    delivery_id: UUID
    inspector: str
    standard: str
    result: str
    accepted_by: UUID
    accepted_on: date
    accepted_at: datetime

    @property
    def fingerprint(self) -> str:
        """What the log keeps of its texts; with the id, so that no name can be guessed from it."""
        texts = (str(self.id), self.inspector, self.standard, self.result)
        return sha256("\n".join(texts).encode()).hexdigest()


class Certificate(CertificateRow, frozen=True):
    """The same with the evidence that the inspector added."""

    files: list[EvidenceFile]

    def says(self, data: AcceptanceInput) -> bool:
        """Whether this is the certificate that the input asks for."""
        mine = (self.inspector, self.standard, self.result, ids_of(self.files))
        return mine == (data.inspector, data.standard, data.result, once(data.files))


class Performance(Milestone, frozen=True):
    """A milestone with all that happened to it: every delivery, and its certificate."""

    deliveries: list[Delivery]
    certificate: Certificate | None

    @property
    def delivered(self) -> Delivery:
        """The last delivery, which is the one to return or to accept."""
        return self.deliveries[-1]


class Owner(msgspec.Struct, frozen=True):
    """A person or an organisation that owns so much of what an agent sells; any common unit."""

    id: UUID
    share: int


class OnlyProviderPerforms(Forbidden):
    """Starting and delivering are the provider's."""

    code = "only_provider_performs"
    zh = "只有服务方的会员或经办可以开工和交付。请由服务方的同事办理。"
    en = "Only a member or clerk of the provider starts and delivers. Ask a colleague there."


class OnlyBuyerAccepts(Forbidden):
    """Returning and accepting are the buyer's."""

    code = "only_buyer_accepts"
    zh = "只有买方的采购人或企业管理人可以退回和验收。请由买方的同事办理。"
    en = "Only a buyer or manager of the buying enterprise returns and accepts. Ask one of them."


class WorkedForProvider(Forbidden):
    """Whoever drafted, started or delivered does not judge the work, under whatever role."""

    code = "worked_for_provider"
    zh = "您曾为服务方起草本合同，或办理开工、交付，不能退回或验收。请由买方的另一位同事办理。"
    en = "You drafted, started or delivered it, so you do not judge the work. Ask a colleague."


class ContractNotActive(Conflict):
    """Only what is signed by all is performed."""

    code = "contract_not_active"
    zh = "合同当前状态为“{state}”，尚未生效或已结束，不能办理履行事项。请先查看合同状态。"
    en = "The contract is '{state}'. Only an active contract is performed: see its state first."


class NoCertificateYet(Conflict):
    """A certificate says what was accepted."""

    code = "no_certificate_yet"
    zh = "该里程碑尚未验收，没有验收单。请待买方验收后再下载。"
    en = "The milestone is not accepted, so it has no certificate. Come back once the buyer has."


class UnknownEvidence(Invalid):
    """The file does not exist, or the organisation that names it cannot read it."""

    code = "unknown_evidence"
    zh = "没有编号为 {file_id} 的文件，或本单位看不到它。请先上传文件，再引用其编号。"
    en = "There is no file {file_id} that your organisation reads. Send the file first."


def may_perform(actor: Actor, provider_unit_id: UUID) -> bool:
    return actor.acts_for(provider_unit_id, Role.MEMBER, Role.CLERK)


def may_accept(actor: Actor, buyer_id: UUID) -> bool:
    return actor.acts_for(buyer_id, Role.BUYER, Role.MANAGER)


def once(files: list[UUID]) -> list[UUID]:
    """A file that is named twice is evidence once."""
    return list(dict.fromkeys(files))


def ids_of(files: list[EvidenceFile]) -> list[UUID]:
    return [file.id for file in files]
