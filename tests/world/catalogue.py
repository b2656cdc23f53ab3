"""Rights and offerings for tests, made by the operations that real people use.

``catalogue.published_offering(conn, unit, **changes)`` is all that most rooms need; the changes
are fields of a new offering. A transfer gets a settled right unless it names one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import db, files
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.files import Shelf
from market.identity.members import operations as members
from market.identity.members.model import MemberKind, NewMember
from market.identity.organisations.model import Organisation
from market.trade.catalogue import operations, reviewing
from market.trade.catalogue.importing import lines, rows
from market.trade.catalogue.importing import operations as importing
from market.trade.catalogue.importing.model import Desk, Worker
from market.trade.catalogue.model import Offering, ReviewInput
from market.trade.catalogue.terms import NewOffering, TermsChange
from market.trade.rights import operations as rights
from market.trade.rights.model import NewRight, Right
from tests.world import identity

PASS: Final = ReviewInput(verdict="pass")
numbers: Final = count(1)


async def published_offering(conn: Connection, unit: Organisation, **changes: Any) -> Offering:
    """An offering of the unit that one person drafted and another one passed."""
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await drafted_offering(conn, unit, drafter, **changes)
    await operations.submit_offering(conn, drafter, offering.id)
    reviewer = await identity.person(conn, unit, Role.TECH_REVIEWER)
    return await reviewing.review_offering(conn, reviewer, offering.id, PASS)


async def imported_offering(conn: Connection, unit: Organisation) -> None:
    """An offering that one person imported and another one had passed elsewhere."""
    member_id = await enrolled_member(conn, unit)
    desk = Desk(
        unit_id=unit.id,
        name_zh=unit.name_zh,
        name_en=unit.name_en,
        importer=await identity.person(conn, unit, Role.CLERK),
        reviewer_id=(await identity.person(conn, unit, Role.TECH_REVIEWER)).person_id,
        register={"1": Worker(member_id, None, [])},
    )
    cells = msgspec.structs.asdict(new_offering(member_ids=[member_id])) | {"members": "1"}
    cells["deliverables"] = "|".join(cells["deliverables"])
    header = [*lines.REQUIRED, "price_minor"]
    batch = await importing.stamp(conn, [2], [[str(cells[name]) for name in header]])
    outcome = await importing.import_batch(conn, desk, batch, rows.prepare(desk, header, batch))
    assert outcome.imported == 1, outcome


async def passed_revision(
    conn: Connection, unit: Organisation, offering: Offering, **changes: Any
) -> Offering:
    """The next version of a published offering, edited by one person and passed by another."""
    member = await identity.person(conn, unit, Role.MEMBER)
    change = msgspec.convert(changes, TermsChange)
    await operations.change_draft(conn, member, offering.id, change)
    await operations.submit_offering(conn, member, offering.id)
    reviewer = await identity.person(conn, unit, Role.TECH_REVIEWER)
    return await reviewing.review_offering(conn, reviewer, offering.id, PASS)


async def drafted_offering(
    conn: Connection, unit: Organisation, drafter: Actor, **changes: Any
) -> Offering:
    is_agent = changes.get("capacity") == "agent"
    if is_agent:
        changes.setdefault("kind", "transfer")
    if changes.get("kind") == "transfer" and "right_id" not in changes:
        right = await (inventors_right if is_agent else settled_right)(conn, unit)
        changes["right_id"] = right.id
    if "member_ids" not in changes:
        changes["member_ids"] = [await enrolled_member(conn, unit)]
    return await operations.draft_offering(conn, drafter, new_offering(**changes))


async def enrolled_member(
    conn: Connection, unit: Organisation, person_id: UUID | None = None
) -> UUID:
    """Somebody on the unit's register who can do the work, by default without a way in."""
    clerk = await identity.person(conn, unit, Role.CLERK)
    number = f"M{next(numbers)}"
    name = None if person_id else f"专家{number}"
    new = NewMember(kind=MemberKind.INDIVIDUAL, number=number, person_id=person_id, name=name)
    return (await members.enrol_member(conn, clerk, unit.id, new)).id


async def stored_file(conn: Connection, actor: Actor) -> UUID:
    """A scan that the actor's organisation reads."""
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder), limit_bytes=1000)
        async with (
            files.receive(shelf, "权利人同意书.pdf", _scan()) as upload,
            db.act(conn, actor),
        ):
            return (await files.store(conn, actor, upload)).id


async def _scan() -> AsyncIterator[bytes]:
    yield b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def new_offering(**changes: Any) -> NewOffering:
    """The input of a service at a fixed price, checked as the door checks it."""
    usual = {
        "code": f"FW-{next(numbers):04d}",
        "kind": "service",
        "title_zh": "大型轴类零件在线修复(热喷涂)",
        "title_en": "On-site shaft repair by thermal spray",
        "summary": "不拆机修复轴颈磨损。Worn journals mended in place.",
        "description": "现场测量、喷涂、磨削、检验。Measured, sprayed, ground and inspected.",
        "deliverables": ["修复后的轴 The shaft, mended", "检验报告 Inspection report"],
        "price_model": "fixed",
        "price_minor": 86_000_00,
        "lead_time_days": 20,
        "technical_field": "advanced_manufacturing",
        "industry": "C34",
        "region": "510100",
    }
    return msgspec.convert(usual | changes, NewOffering)


async def registered_right(conn: Connection, unit: Organisation, **changes: Any) -> Right:
    """A patent in force that the unit owns and nobody has consented to transfer yet."""
    member = await identity.person(conn, unit, Role.MEMBER)
    usual = {
        "kind": "utility_model",
        "number": f"ZL2024{next(numbers):08d}",
        "title": "一种窑尾烟室清堵装置",
        "owners": [{"organisation_id": unit.id}],
    }
    return await rights.register_right(conn, member, msgspec.convert(usual | changes, NewRight))


async def settled_right(conn: Connection, unit: Organisation, **changes: Any) -> Right:
    """The same, to whose transfer the unit's leader has consented."""
    right = await registered_right(conn, unit, **changes)
    leader = await identity.person(conn, unit, Role.LEADER)
    return await rights.consent(conn, leader, right.id, right.owners[0].id)


async def inventors_right(
    conn: Connection, unit: Organisation, *shares_ppm: int, **changes: Any
) -> Right:
    """A right that the unit manages for its inventor, who has consented; an agent may sell it.

    With shares it is of as many inventors.
    """
    shares = shares_ppm or (1_000_000,)
    inventors = [await identity.person(conn, unit, Role.MEMBER) for _ in shares]
    owners = [
        {"person_id": inventor.person_id, "share_ppm": share}
        for inventor, share in zip(inventors, shares, strict=True)
    ]
    right = await registered_right(conn, unit, owners=owners, **changes)
    for inventor, owner in zip(inventors, right.owners, strict=True):
        right = await rights.consent(conn, inventor, right.id, owner.id)
    return right
