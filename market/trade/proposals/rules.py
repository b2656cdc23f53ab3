"""The rules of what binds: the same for a submission and for a counter-offer."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from msgspec import structs

from market.base import amounts
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import Phrase
from market.trade.enterprise_requests.model import EnterpriseRequest
from market.trade.proposals import model, revisions
from market.trade.proposals.terms import BindingTerms, InstalmentTerms, PinnedMember, Terms


async def check_files(conn: Connection, actor: Actor, files: list[UUID]) -> None:
    """Each file once, and the unit's own. Raises FileNotOurs."""
    known = await revisions.count_files(conn, actor.organisation_id, files)
    missing = len(files) - known
    require(missing == 0, model.FileNotOurs(pointer="/file_ids", missing=missing))


async def pin(conn: Connection, unit_id: UUID, member_ids: list[UUID]) -> list[PinnedMember]:
    """Who does it, with the certificates of today. Raises MembersMissing, MemberUnknown."""
    require(bool(member_ids), model.MembersMissing(pointer="/member_ids"))
    members = await revisions.pinned_members(conn, unit_id, member_ids)
    missing = len(member_ids) - len(members)
    require(missing == 0, model.MemberUnknown(pointer="/member_ids", missing=missing))
    return members


def bound(terms: Terms, members: list[PinnedMember]) -> BindingTerms:
    return BindingTerms(**structs.asdict(terms), members=members)


def check(terms: Terms, *, earliest: date) -> None:
    """Raise the first rule that the terms break by themselves; they bind to ``earliest`` at least.

    Raises MilestonesMissing, PartsDoNotSum, InstalmentNotClear, ValidityTooShort.
    """
    require(bool(terms.milestones), model.MilestonesMissing(pointer="/milestones"))
    check_days(terms)
    for name, zh, en, parts in (
        ("milestones", "里程碑", "milestones", [m.price_minor for m in terms.milestones]),
        ("instalments", "分期款", "instalments", [i.amount_minor for i in terms.instalments]),
    ):
        require(
            sum(parts) == terms.price_minor,
            model.PartsDoNotSum(
                zh_what=zh,
                en_what=en,
                found=amounts.printed(sum(parts), terms.currency),
                expected=amounts.printed(terms.price_minor, terms.currency),
                pointer=f"/{name}",
            ),
        )
    for position, instalment in enumerate(terms.instalments, 1):
        require(
            _is_clear(instalment, len(terms.milestones)),
            model.InstalmentNotClear(position=position, pointer=f"/instalments/{position - 1}"),
        )
    require_valid(terms.valid_until, earliest)


def require_valid(last: date, earliest: date) -> None:
    """Raise ValidityTooShort for what binds until ``last``, before it has to."""
    require(
        last >= earliest,
        model.ValidityTooShort(found=last, earliest=earliest, pointer="/valid_until"),
    )


def check_days(terms: Terms) -> None:
    """Days lie in this century. Raises DayOutOfRange."""
    days = [("/valid_until", terms.valid_until)] + [
        (f"/instalments/{place}/due_on", part.due_on)
        for place, part in enumerate(terms.instalments)
        if part.due_on is not None
    ]
    for pointer, day in days:
        require(2000 < day.year < 2099, model.DayOutOfRange(pointer=pointer))


def check_answers(terms: Terms, request: EnterpriseRequest) -> None:
    """It answers what the request says now.

    Raises RequestRenewed, WrongCurrency, QuantityDiffers.
    """
    require(
        terms.request_number == request.number,
        model.RequestRenewed(
            found=request.number,
            answered=terms.request_number,
            diff=f"/v1/enterprise-requests/{request.id}/versions/{terms.request_number}"
            f"/diff/{request.number}",
            pointer="/request_number",
        ),
    )
    require(
        terms.currency == request.currency,
        model.WrongCurrency(expected=request.currency, pointer="/currency"),
    )
    asked = (request.quantity, request.quantity_unit)
    require(
        (terms.quantity, terms.quantity_unit) == asked,
        model.QuantityDiffers(
            expected=Phrase(*(f"{request.quantity} {unit}" for unit in UNITS[asked[1]])),
            pointer="/quantity",
        ),
    )


UNITS: Final = {
    "lot": ("项", "lot"),
    "item": ("件", "item"),
    "day": ("日", "day"),
    "person": ("人", "person"),
    "year": ("年", "year"),
}


def _is_clear(instalment: InstalmentTerms, milestones: int) -> bool:
    if instalment.trigger == "date":
        others = (instalment.due_days, instalment.milestone)
        return instalment.due_on is not None and others == (None, None)
    if instalment.due_on is not None:
        return False
    if instalment.trigger == "signing":
        return instalment.milestone is None
    return instalment.milestone is not None and instalment.milestone <= milestones
