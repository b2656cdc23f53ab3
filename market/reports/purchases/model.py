"""What lies in the ZIP, and who is given it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from market.base.access import ENTERPRISE_ROLES, Actor
from market.base.errors import Conflict, Forbidden, Invalid

MOST_DOCUMENTS: Final = 2_000


class DocumentKind(StrEnum):
    """What an enterprise keeps of a purchase."""

    CONTRACT = "contract"
    SIGNED_TEXT = "signed_text"
    SIGNED_SCAN = "signed_scan"
    CERTIFICATE = "certificate"
    INVOICE = "invoice"
    RECEIPT = "receipt"
    FAPIAO = "fapiao"


FOLDERS: Final = {
    DocumentKind.CONTRACT: "合同",
    DocumentKind.SIGNED_TEXT: "合同文本",
    DocumentKind.SIGNED_SCAN: "签署扫描件",
    DocumentKind.CERTIFICATE: "验收单",
    DocumentKind.INVOICE: "请款单",
    DocumentKind.RECEIPT: "收据",
    DocumentKind.FAPIAO: "发票",
}
PRINTED: Final = frozenset(
    {
        DocumentKind.CONTRACT,
        DocumentKind.CERTIFICATE,
        DocumentKind.INVOICE,
        DocumentKind.RECEIPT,
    }
)


class Wanted(NamedTuple):
    """Which documents: of one contract, of a span of days with both its ends, or all."""

    contract_id: UUID | None
    from_on: date | None
    until_on: date | None


class Paper(msgspec.Struct, frozen=True):
    """One document before it is made: ``id`` is its subject's, ``file_*`` of a kept file."""

    kind: DocumentKind
    id: UUID
    contract: str
    number: str
    dated_on: date
    amount_minor: int | None
    currency: str | None
    file_name: str | None
    file_sha256: str | None

    @property
    def path(self) -> str:
        """Where it lies in the ZIP."""
        kind = DocumentKind(self.kind)
        ending = ".pdf" if kind in PRINTED else ".txt"
        if self.file_name is not None:
            ending = PurePosixPath(self.file_name).suffix.lower()
        return f"{FOLDERS[kind]}/{self.number}{ending}"


LeftOut: TypeAlias = Literal["not_printable", "document_too_long", "file_missing"]


class Packed(msgspec.Struct, frozen=True):
    """A line of the manifest. ``left_out``: why it is not in the ZIP; then it has no hash."""

    path: str
    kind: DocumentKind
    contract: str
    number: str
    dated_on: date
    amount_minor: int | None
    currency: str | None
    size_bytes: int | None
    sha256: str | None
    left_out: LeftOut | None


class Buyer(msgspec.Struct, frozen=True):
    """Whose purchases they are."""

    id: UUID
    name_zh: str
    uscc: str | None


class Manifest(msgspec.Struct, frozen=True):
    """All documents that were asked for, in the order of the ZIP."""

    enterprise: Buyer
    contract_id: UUID | None
    from_on: date | None
    until_on: date | None
    documents: list[Packed]


class NotTheBuyers(Forbidden):
    """Purchases are an enterprise's."""

    code = "not_the_buyers_documents"
    zh = "采购资料由采购企业下载。请以该企业的身份登录后办理。"
    en = "Purchase documents are for the enterprise that buys. Act for it and try again."


class SpanReversed(Invalid):
    """From the earlier day to the later."""

    code = "span_reversed"
    zh = "起始日期晚于截止日期。请核对两个日期。"
    en = "The first day is after the last. Check both days."


class TooManyDocuments(Conflict):
    """One ZIP is sent within reasonable time."""

    code = "too_many_documents"
    zh = "符合条件的资料超过 {most} 份。请缩短期间，或按合同下载。"
    en = "More than {most} documents match. Choose a shorter span, or one contract."


def may_take(actor: Actor, enterprise_id: UUID) -> bool:
    return actor.side == "enterprise" and actor.acts_for(enterprise_id, *ENTERPRISE_ROLES)
