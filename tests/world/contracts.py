"""Contracts for tests, made by the operations that real people use.

``ordered``, ``drafted``, ``submitted``, ``approved`` and ``signed`` each go one step further with
one ``Deal``: FW-01 at 86,000.00 in instalments of 25,800 / 43,000 / 17,200, unless told otherwise.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import clock
from market.base.access import Actor, Role
from market.base.db import Connection
from market.identity.authorities import operations as authorities
from market.identity.authorities.model import AuthorityKind, NewAuthority
from market.identity.organisations.model import Organisation
from market.trade.catalogue import operations as offerings
from market.trade.catalogue import reviewing
from market.trade.catalogue.model import Offering
from market.trade.contracts import operations
from market.trade.contracts.model import FullContract, Party, Stage
from market.trade.contracts.terms import Order, TermsEdit
from market.trade.signing import operations as signing
from market.trade.signing.model import ReviewInput, SignatureInput
from tests.world import catalogue, identity, ready

PASS: Final = ReviewInput(verdict="pass")
STAGES: Final[tuple[Stage, ...]] = ("technical", "finance", "leader")
ADDRESS: Final = "203.0.113.7"


class Cast(msgspec.Struct, frozen=True):
    """Who is needed for a contract, each a person of his own.

    ``member`` writes the offerings, ``worker_id`` on the register does the work.
    """

    unit: Organisation
    enterprise: Organisation
    buyer: Actor
    manager: Actor
    buyer_signatory: Actor
    member: Actor
    worker_id: UUID
    clerk: Actor
    technical: Actor
    finance: Actor
    leader: Actor
    unit_signatory: Actor

    def reviewer(self, stage: Stage) -> Actor:
        reviewer: Actor = getattr(self, stage)
        return reviewer

    def signatory(self, party: Party) -> Actor:
        return self.buyer_signatory if party == "buyer" else self.unit_signatory


class Deal(msgspec.Struct, frozen=True):
    """A contract and the people around it."""

    cast: Cast
    offering: Offering
    contract: FullContract


async def cast(
    conn: Connection, *, unit: Organisation | None = None, enterprise: Organisation | None = None
) -> Cast:
    """A unit and an enterprise with everybody who orders, drafts, reviews and signs."""
    if unit is enterprise is None and (waiting := await ready.take(conn, Cast)):
        return waiting
    unit = unit or await identity.unit(conn)
    enterprise = enterprise or await identity.enterprise(conn)
    return Cast(
        unit=unit,
        enterprise=enterprise,
        buyer=await identity.person(conn, enterprise, Role.BUYER),
        manager=await identity.manager_of(conn, enterprise),
        buyer_signatory=await signatory(conn, enterprise),
        member=await identity.person(conn, unit, Role.MEMBER),
        worker_id=await catalogue.enrolled_member(conn, unit),
        clerk=await identity.person(conn, unit, Role.CLERK),
        technical=await identity.person(conn, unit, Role.TECH_REVIEWER),
        finance=await identity.person(conn, unit, Role.FINANCE),
        leader=await identity.person(conn, unit, Role.LEADER),
        unit_signatory=await signatory(conn, unit),
    )


async def signatory(conn: Connection, organisation: Organisation, **limits: Any) -> Actor:
    """A legal representative; with ``limits`` (kinds, ceiling_minor, to_on) a proxy on paper."""
    person = await identity.person(conn, organisation, Role.SIGNATORY)
    await authorise(conn, organisation, person, **limits)
    return person


async def authorise(
    conn: Connection, organisation: Organisation, person: Actor, **limits: Any
) -> None:
    """Record an authority to sign and have somebody else confirm it."""
    is_enterprise = organisation.kind == "enterprise"
    first, second = await identity.two_administrators(conn)
    proposer = await identity.manager_of(conn, organisation) if is_enterprise else first
    given: dict[str, Any] = {"kind": AuthorityKind.LEGAL_REPRESENTATIVE}
    if limits:
        given = {
            "kind": AuthorityKind.POWER_OF_ATTORNEY,
            "to_on": await clock.today(conn) + timedelta(days=365),
            "file_id": await catalogue.stored_file(conn, proposer),
            **limits,
        }
        if "ceiling_minor" in limits:
            given.setdefault("currency", "CNY")
    new = NewAuthority(person_id=person.person_id, organisation_id=organisation.id, **given)
    authority = await authorities.propose_authority(conn, proposer, new)
    confirmer = second
    if is_enterprise:
        confirmer = await identity.person(conn, await identity.root(conn), Role.CLERK)
    await authorities.confirm_authority(conn, confirmer, authority.id)


async def ordered(conn: Connection, people: Cast | None = None, **offering: Any) -> Deal:
    """A direct order of a new published offering, FW-01 unless told otherwise.

    ``order`` among the keywords: fields of the order itself.
    """
    people = people or await cast(conn)
    order = offering.pop("order", {})
    offered = await published(conn, people, **offering)
    contract = await operations.order_offering(
        conn, people.buyer, offered.id, new_order(offered, **order)
    )
    return Deal(people, offered, contract)


async def published(conn: Connection, people: Cast, **changes: Any) -> Offering:
    """A new offering of the unit, by people who are there already."""
    changes.setdefault("member_ids", [people.worker_id])
    drafted = await catalogue.drafted_offering(conn, people.unit, people.member, **changes)
    await offerings.submit_offering(conn, people.member, drafted.id)
    return await reviewing.review_offering(conn, people.technical, drafted.id, catalogue.PASS)


def new_order(offered: Offering, **changes: Any) -> Order:
    usual = {
        "offering_version": offered.published_number,
        "reason": "现场抢修,原修复单位熟悉该设备 Urgent repair by those who know the machine",
        "buyer_reference": "CG-2026-031",
    }
    return msgspec.convert(usual | changes, Order)


async def drafted(conn: Connection, people: Cast | None = None, **order: Any) -> Deal:
    """The same with complete terms: FW-01's three milestones and instalments.

    A contract of another price gets one milestone and one instalment of the whole; a free one
    has no instalment. ``edit`` among the keywords: other terms.
    """
    changes = order.pop("edit", {})
    deal = await ordered(conn, people, **order)
    edit = full_terms(deal.contract, await clock.today(conn), **changes)
    contract = await operations.edit_terms(
        conn, deal.cast.clerk, deal.contract.id, edit, deal.contract.version
    )
    return msgspec.structs.replace(deal, contract=contract)


def full_terms(contract: FullContract, today: date, **changes: Any) -> TermsEdit:
    total = contract.total_minor
    fw01 = total == 86_000_00
    prices = [25_800_00, 43_000_00, 17_200_00] if fw01 else [total]
    titles = ["测量与方案", "喷涂与磨削", "检验与交付"] if fw01 else ["全部工作"]
    usual = {
        "acceptance_standard": "轴颈尺寸公差 h6,涂层结合强度不低于 70 MPa,试运行 72 小时。",
        "rights_clause": "为本项目编制的检测数据和报告归甲方所有。",
        "secrecy_clause": "双方对履行中知悉的技术和商业信息保密,期限三年。",
        "place": "甲方现场",
        "term_days": 200,
        "milestones": [
            {
                "title": title,
                "deliverable": f"{title}记录",
                "acceptance_criteria": "符合验收标准",
                "price_minor": price,
                **_due(position, today),
            }
            for position, (title, price) in enumerate(zip(titles, prices, strict=True), 1)
        ],
        "instalments": _instalments(prices),
    }
    return msgspec.convert(usual | changes, TermsEdit)


def _due(position: int, today: date) -> dict[str, Any]:
    """The first on a day, the others in so many days after both have signed."""
    if position == 1:
        return {"due_on": today + timedelta(days=30)}
    unit = "calendar_days" if position == 2 else "working_days"
    return {"due_days": 30 * position, "due_unit": unit}


def _instalments(prices: list[int]) -> list[dict[str, Any]]:
    """The first on signing, the others on the acceptance of their milestones."""
    return [
        {"amount_minor": price, "trigger": "signing"}
        if position == 1
        else {"amount_minor": price, "trigger": "milestone", "milestone": position}
        for position, price in enumerate(prices, 1)
        if price
    ]


async def submitted(conn: Connection, people: Cast | None = None, **order: Any) -> Deal:
    deal = await drafted(conn, people, **order)
    contract = await signing.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    return msgspec.structs.replace(deal, contract=contract)


async def reviewed(conn: Connection, deal: Deal, *stages: Stage) -> Deal:
    """The deal after these stages have passed."""
    contract = deal.contract
    for stage in stages:
        contract = await signing.review_contract(
            conn, deal.cast.reviewer(stage), contract.id, stage, PASS
        )
    return msgspec.structs.replace(deal, contract=contract)


async def approved(conn: Connection, people: Cast | None = None, **order: Any) -> Deal:
    """Numbered, its text fixed, nobody has signed."""
    return await reviewed(conn, await submitted(conn, people, **order), *STAGES)


async def sign(conn: Connection, deal: Deal, party: Party) -> Deal:
    assert deal.contract.text_sha256 is not None, "an approved contract has its text"
    contract = await signing.sign_contract(
        conn,
        deal.cast.signatory(party),
        deal.contract.id,
        party,
        SignatureInput(text_sha256=deal.contract.text_sha256),
        ADDRESS,
    )
    return msgspec.structs.replace(deal, contract=contract)


async def signed(conn: Connection, people: Cast | None = None, **order: Any) -> Deal:
    """In force: both have signed."""
    deal = await approved(conn, people, **order)
    return await sign(conn, await sign(conn, deal, "provider"), "buyer")
