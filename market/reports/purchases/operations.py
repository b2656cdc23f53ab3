"""Gathering purchase documents, and making them one by one while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from market.base import db, tables
from market.base.access import Actor, require
from market.base.db import Connection, Pool
from market.base.documents import typesetting
from market.base.documents.model import Document, DocumentTooLong, NotPrintable
from market.base.errors import NotFound
from market.base.files import Shelf
from market.base.tables import Money, Sheet
from market.money.invoicing.document import invoice_document
from market.money.payments.document import receipt_document
from market.reports.model import SpanReversed
from market.reports.purchases import packing, queries
from market.reports.purchases.model import (
    FOLDERS,
    MOST_DOCUMENTS,
    Buyer,
    DocumentKind,
    LeftOut,
    Manifest,
    NotTheBuyers,
    Packed,
    Paper,
    TooManyDocuments,
    Wanted,
    may_take,
    totals_of,
)
from market.reports.purchases.packing import Content, Digest, Packer
from market.trade.contracts import queries as contracts
from market.trade.performance.document import certificate_document
from market.trade.signing import operations as signing
from market.trade.signing.document import contract_document

PRINTERS: Final[dict[DocumentKind, Callable[[Connection, Actor, UUID], Awaitable[Document]]]] = {
    DocumentKind.CONTRACT: contract_document,
    DocumentKind.CERTIFICATE: certificate_document,
    DocumentKind.INVOICE: invoice_document,
    DocumentKind.RECEIPT: receipt_document,
}
WHY_NOT: Final[dict[type[Exception], LeftOut]] = {
    NotPrintable: "not_printable",
    DocumentTooLong: "document_too_long",
    FileNotFoundError: "file_missing",
}


class Bundle(NamedTuple):
    """Whose documents they are, which were asked for, and what there is."""

    buyer: Buyer
    wanted: Wanted
    papers: list[Paper]


async def gather(conn: Connection, actor: Actor, enterprise_id: UUID, wanted: Wanted) -> Bundle:
    """What the ZIP will hold.

    Raises NotFound to others and for a contract that is not the enterprise's, NotTheBuyers,
    SpanReversed, TooManyDocuments.
    """
    if actor.visible is not None and enterprise_id not in actor.visible:
        raise NotFound
    require(may_take(actor, enterprise_id), NotTheBuyers)
    if wanted.contract_id is not None:
        contract = await contracts.find_contract(conn, actor, wanted.contract_id)
        require(contract.buyer_id == enterprise_id, NotFound)
    if wanted.from_on and wanted.until_on:
        require(wanted.from_on <= wanted.until_on, SpanReversed(pointer="/from_on"))
    most = MOST_DOCUMENTS
    papers = await queries.papers_of(conn, actor, enterprise_id, wanted, limit=most + 1)
    require(len(papers) <= most, TooManyDocuments(most=most))
    return Bundle(await queries.find_buyer(conn, enterprise_id), wanted, papers)


async def pack(pool: Pool, shelf: Shelf, actor: Actor, bundle: Bundle) -> AsyncIterator[bytes]:
    """The ZIP, piece by piece: the documents, then the manifest for programs and for people."""
    packer, packed = Packer(), []
    for paper in bundle.papers:
        try:
            content = await _content_of(pool, shelf, actor, paper)
        except tuple(WHY_NOT) as lacking:
            packed.append(_packed(paper, None, WHY_NOT[type(lacking)]))
            continue
        digest = Digest()
        async for piece in packer.pack(paper.path, content, digest):
            yield piece
        packed.append(_packed(paper, digest, None))
    manifest = Manifest(bundle.buyer, *bundle.wanted, packed, totals_of(packed))
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    for path, content in (
        ("manifest.json", encoded),
        ("清单.csv", _listed(manifest)),
        ("合计.csv", _summed(manifest)),
    ):
        async for piece in packer.pack(path, content, Digest()):
            yield piece
    yield packer.end()


async def _content_of(pool: Pool, shelf: Shelf, actor: Actor, paper: Paper) -> Content:
    """Made from the rows as the actor sees them now; no transaction is open while it is set."""
    if paper.file_sha256 is not None:
        return packing.opened(shelf.path_of(paper.file_sha256))
    async with db.lease(pool) as conn, db.look(conn, actor):
        if paper.kind == DocumentKind.SIGNED_TEXT:
            return (await signing.read_text(conn, actor, paper.id)).body
        document = await PRINTERS[DocumentKind(paper.kind)](conn, actor, paper.id)
    return await typesetting.pdf(document)


def _packed(paper: Paper, digest: Digest | None, left_out: LeftOut | None) -> Packed:
    return Packed(
        path=paper.path,
        kind=paper.kind,
        contract=paper.contract,
        number=paper.number,
        dated_on=paper.dated_on,
        state=paper.state,
        state_words=paper.state_words,
        amount_minor=paper.amount_minor,
        counted_minor=paper.counted_minor,
        currency=paper.currency,
        size_bytes=digest.size_bytes if digest else None,
        sha256=digest.sha256 if digest else None,
        left_out=left_out,
    )


def _listed(manifest: Manifest) -> bytes:
    return tables.as_csv(
        Sheet(
            "清单",
            ("文件 path", "类别 kind", "合同 contract", "编号 number", "日期 date", "状态 state",
             "币种 currency", "单据金额 amount", "计入合计 counted", "大小 bytes", "SHA-256",
             "未收入原因 left out"),
            (
                (
                    each.path,
                    FOLDERS[DocumentKind(each.kind)],
                    each.contract,
                    each.number,
                    each.dated_on,
                    f"{each.state_words.zh} {each.state_words.en}",
                    each.currency,
                    _money(each.amount_minor, each.currency),
                    _money(each.counted_minor, each.currency),
                    each.size_bytes,
                    each.sha256,
                    each.left_out,
                )
                for each in manifest.documents
            ),
        )
    )  # fmt: skip


def _summed(manifest: Manifest) -> bytes:
    return tables.as_csv(
        Sheet(
            "合计",
            ("类别 kind", "币种 currency", "份数 documents", "金额 amount"),
            (
                (
                    FOLDERS[each.kind],
                    each.currency,
                    each.documents,
                    Money(each.amount_minor, each.currency),
                )
                for each in manifest.totals
            ),
        )
    )


def _money(amount_minor: int | None, currency: str | None) -> Money | None:
    if amount_minor is None or currency is None:
        return None
    return Money(amount_minor, currency)
