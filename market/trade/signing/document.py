"""The contract as a document: its text word for word, then who signed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.documents.typesetting import day_of, minute_of
from market.identity.organisations.letterhead import letterhead_of
from market.trade.contracts import queries as contract_queries
from market.trade.contracts.model import ContractState, FullContract
from market.trade.signing import operations, queries
from market.trade.signing.model import Signing, Text

TEMPLATE: Final = Path(__file__).with_name("contract.typ")
PARTIES: Final = {"buyer": "甲方 Buyer", "provider": "乙方 Provider"}
AUTHORITIES: Final = {
    "legal_representative": "法定代表人 Legal representative",
    "power_of_attorney": "授权委托书 Power of attorney",
}
METHODS: Final = {
    "platform": "平台电子签署 Signed on the platform",
    "ca": "CA 数字证书签署 Signed with a certificate",
    "sealed_scan": "纸质签字盖章，扫描件存档 Sealed on paper, scan kept",
}


async def contract_document(conn: Connection, actor: Actor, contract_id: UUID) -> Document:
    """The signed text, or the wording of a draft marked as one. Raises NotFound to a stranger."""
    contract = await contract_queries.find_full(conn, actor, contract_id)
    text = await operations.read_text(conn, actor, contract_id)
    async with db.act(conn, SYSTEM):  # neither party reads the other's people
        signings = await queries.signings_of(conn, contract_id)
    provider = await letterhead_of(conn, contract.books_unit_id)
    lines = text.body.decode().splitlines()
    moments = [review.reviewed_at for review in contract.reviews]
    moments += [signing.signed_at for signing in signings]
    return Document(
        template=TEMPLATE,
        name=f"合同 {contract.number or '草案'}",
        title=f"{lines[0]} {contract.number or '草案'}",
        dated=max(moments, default=contract.created_at),
        data={
            "issuer": provider.name,
            "reference": _reference(contract),
            "note": _note(text),
            "lines": lines,
            "parties": _parties(contract, signings),
            "sha256": text.sha256,
            "in_force": day_of(contract.effective_on) if contract.effective_on else None,
        },
    )


def _reference(contract: FullContract) -> str:
    if contract.number is None:
        return "草案 DRAFT"
    void = "（已取消 VOID）" if contract.state == ContractState.VOID else ""
    return f"合同编号 Contract No. {contract.number}{void}"


def _note(text: Text) -> str:
    if text.sha256 is None:
        return "草案，尚未定稿，没有校验值 Draft, not fixed, without a hash"
    return f"合同文本 SHA-256 {text.sha256}"


def _parties(contract: FullContract, signings: list[Signing]) -> list[dict[str, Any]]:
    """Both parties in the text's order, signed or not; a draft is signed by nobody."""
    if contract.text_sha256 is None:
        return []
    signed = {signing.party: signing for signing in signings}
    return [
        {"title": title, "rows": _rows(signed[party]) if party in signed else None}
        for party, title in PARTIES.items()
    ]


def _rows(signing: Signing) -> list[list[Any]]:
    until = f"，有效期至 {day_of(signing.authority_to_on)}" if signing.authority_to_on else ""
    return [
        [["签署单位", "Organisation"], signing.organisation],
        [["签署人", "Signed by"], signing.signer],
        [["签署权限", "Authority"], f"{AUTHORITIES[signing.authority_kind]}{until}"],
        [["签署方式", "Method"], METHODS[signing.method]],
        [["签署时间", "Signed at"], minute_of(signing.signed_at)],
        [["所签校验值", "Hash signed"], f"{signing.text_sha256[:32]}\n{signing.text_sha256[32:]}"],
    ]
