"""The acceptance certificate 验收单 as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from market.base.access import Actor, require
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.documents.typesetting import day_of, minute_of
from market.identity.organisations.letterhead import Letterhead, letterhead_of, names_of
from market.trade.contracts import queries as contracts
from market.trade.contracts.model import Contract
from market.trade.performance import queries
from market.trade.performance.model import (
    Certificate,
    EvidenceFile,
    NoCertificateYet,
    Performance,
)
from market.trade.signing.wording import figure

TEMPLATE: Final = Path(__file__).with_name("certificate.typ")


async def certificate_document(conn: Connection, actor: Actor, milestone_id: UUID) -> Document:
    """Raises NotFound to a stranger, NoCertificateYet before the acceptance."""
    milestone = await queries.find_performance(conn, actor, milestone_id)
    certificate = milestone.certificate
    if certificate is None:
        raise NoCertificateYet
    contract = await contracts.find_contract(conn, actor, milestone.contract_id)
    require(contract.number is not None, NoCertificateYet)
    buyer = await letterhead_of(conn, contract.buyer_id)
    provider = await letterhead_of(conn, contract.books_unit_id)
    people = await names_of(conn, milestone.delivered.delivered_by, certificate.accepted_by)
    reference = f"{contract.number}-{milestone.position}"
    return Document(
        template=TEMPLATE,
        name=f"验收单 {reference}",
        title=f"验收单 {reference}",
        dated=certificate.accepted_at,
        data={
            "issuer": buyer.name,
            "reference": f"验收单编号 Certificate No. {reference}",
            "work": _work(contract, milestone, buyer, provider),
            "delivery": _delivery(milestone, people[0]),
            "acceptance": _acceptance(certificate, people[1]),
            "files": _files([*milestone.delivered.files, *certificate.files]),
        },
    )


def _work(
    contract: Contract, milestone: Performance, buyer: Letterhead, provider: Letterhead
) -> list[Any]:
    return [
        [["合同编号", "Contract No."], contract.number],
        [["项目名称", "Subject"], contract.subject],
        [["甲方（委托方）", "Buyer"], buyer.name],
        [["乙方（服务方）", "Provider"], provider.name],
        [["里程碑", "Milestone"], f"第 {milestone.position} 项　{milestone.title}"],
        [["约定交付物", "Deliverable"], milestone.deliverable],
        [["约定验收要求", "Criteria"], milestone.acceptance_criteria],
        [["价款（含税）", "Price"], figure(milestone.price_minor, milestone.currency)],
    ]


def _delivery(milestone: Performance, deliverer: str) -> list[Any]:
    delivery = milestone.delivered
    return [
        [["交付轮次", "Round"], f"第 {delivery.round} 次交付"],
        [["交付时间", "Delivered at"], minute_of(delivery.delivered_at)],
        [["交付人", "Delivered by"], deliverer],
        [["交付说明", "Note"], delivery.note],
    ]


def _acceptance(certificate: Certificate, acceptor: str) -> list[Any]:
    return [
        [["验收标准", "Standard"], certificate.standard],
        [["验收结果", "Result"], certificate.result],
        [["验收人", "Inspector"], certificate.inspector],
        [["验收日期", "Accepted on"], day_of(certificate.accepted_on)],
        [["确认人", "Confirmed by"], f"{acceptor}，{minute_of(certificate.accepted_at)}"],
    ]


def _files(files: list[EvidenceFile]) -> list[list[str]]:
    """A file that both named is listed once."""
    once = {file.id: file for file in files}.values()
    return [[file.name, f"{file.size_bytes:,} B", file.sha256] for file in once]
