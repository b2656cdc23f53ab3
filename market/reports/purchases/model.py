"""What lies in the ZIP, and who is given it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from market.base import words
from market.base.access import ENTERPRISE_ROLES, Actor
from market.base.errors import Conflict, Forbidden, Phrase

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
    RED_FAPIAO = "red_fapiao"


FOLDERS: Final = {
    DocumentKind.CONTRACT: "合同",
    DocumentKind.SIGNED_TEXT: "合同文本",
    DocumentKind.SIGNED_SCAN: "签署扫描件",
    DocumentKind.CERTIFICATE: "验收单",
    DocumentKind.INVOICE: "请款单",
    DocumentKind.RECEIPT: "收据",
    DocumentKind.FAPIAO: "发票",
    DocumentKind.RED_FAPIAO: "红字发票",
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


# What a state is of; a receipt has no states of its own, and a signature is its contract's.
SUBJECTS: Final = {
    DocumentKind.CONTRACT: "contract",
    DocumentKind.SIGNED_TEXT: "contract",
    DocumentKind.SIGNED_SCAN: "contract",
    DocumentKind.CERTIFICATE: "milestone",
    DocumentKind.INVOICE: "invoice",
    DocumentKind.FAPIAO: "fapiao",
    DocumentKind.RED_FAPIAO: "red_fapiao",
}
OF_RECEIPTS: Final = {
    "received": Phrase("有效", "valid"),
    "taken_back": Phrase("收款已撤销，收据不再有效", "taken back, no longer valid"),
}
# A contract that is not signed, or was called off, buys nothing yet or any more.
COUNTED: Final = {
    DocumentKind.CONTRACT: frozenset({"active", "completed"}),
    DocumentKind.CERTIFICATE: frozenset({"accepted"}),
    DocumentKind.INVOICE: frozenset({"open", "part_paid", "paid", "uncollectible"}),
    DocumentKind.RECEIPT: frozenset({"received"}),
    DocumentKind.FAPIAO: frozenset({"delivered", "red_requested", "reversed"}),
    DocumentKind.RED_FAPIAO: frozenset({"issued"}),
}


class Paper(msgspec.Struct, frozen=True):
    """One document before it is made: ``id`` is its subject's, ``file_*`` of a kept file.

    ``credited_minor``: what credit notes took off an invoice.
    """

    kind: DocumentKind
    id: UUID
    contract: str
    number: str
    dated_on: date
    state: str
    amount_minor: int | None
    credited_minor: int
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

    @property
    def state_words(self) -> Phrase:
        if self.kind == DocumentKind.RECEIPT:
            return OF_RECEIPTS[self.state]
        return words.state(SUBJECTS[DocumentKind(self.kind)], self.state)

    @property
    def counted_minor(self) -> int | None:
        """What it adds to the total of its kind; None for what no longer stands, or not yet."""
        counts = self.state in COUNTED.get(DocumentKind(self.kind), ())
        if not counts or self.amount_minor is None:
            return None
        return self.amount_minor - self.credited_minor


LeftOut: TypeAlias = Literal["not_printable", "document_too_long", "file_missing"]


class Packed(msgspec.Struct, frozen=True):
    """A line of the manifest. ``left_out``: why it is not in the ZIP; then it has no hash.

    ``amount_minor`` is what the document says, ``counted_minor`` what of it is in the totals.
    """

    path: str
    kind: DocumentKind
    contract: str
    number: str
    dated_on: date
    state: str
    state_words: Phrase
    amount_minor: int | None
    counted_minor: int | None
    currency: str | None
    size_bytes: int | None
    sha256: str | None
    left_out: LeftOut | None


class Total(msgspec.Struct, frozen=True):
    """What the documents of a kind that stand amount to."""

    kind: DocumentKind
    currency: str
    documents: int
    amount_minor: int


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
    totals: list[Total]


def totals_of(documents: Sequence[Packed]) -> list[Total]:
    """By kind, never over kinds: a contract, its invoices and receipts tell of the same money."""
    counted: dict[tuple[DocumentKind, str], list[int]] = {}
    for kind in DocumentKind:
        for each in documents:
            if each.kind == kind and each.counted_minor is not None and each.currency is not None:
                counted.setdefault((kind, each.currency), []).append(each.counted_minor)
    return [
        Total(kind, currency, len(amounts), sum(amounts))
        for (kind, currency), amounts in counted.items()
    ]


class NotTheBuyers(Forbidden):
    """Purchases are an enterprise's."""

    code = "not_the_buyers_documents"
    zh = "采购资料由采购企业下载。请以该企业的身份登录后办理。"
    en = "Purchase documents are for the enterprise that buys. Act for it and try again."


class TooManyDocuments(Conflict):
    """One ZIP is sent within reasonable time."""

    code = "too_many_documents"
    zh = "符合条件的资料超过 {most} 份。请缩短期间，或按合同下载。"
    en = "More than {most} documents match. Choose a shorter span, or one contract."


def may_take(actor: Actor, enterprise_id: UUID) -> bool:
    return actor.side == "enterprise" and actor.acts_for(enterprise_id, *ENTERPRISE_ROLES)
