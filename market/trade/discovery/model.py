"""What a saved search is, and who may keep one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import ENTERPRISE_ROLES, Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import ONE_LINE, AmountMinor, Input, Line
from market.trade.catalogue.terms import Industry, OfferingKind, Region, TechnicalField

MOST_SEARCHES: Final = 20
SEARCHERS: Final = {
    "enterprise": tuple(sorted(ENTERPRISE_ROLES)),
    "unit": (Role.MEMBER, Role.CLERK),
}
Words: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]


class Subject(StrEnum):
    """What is looked for."""

    OFFERINGS = "offerings"
    REQUESTS = "enterprise_requests"


class SavedSearch(msgspec.Struct, frozen=True):
    """A search that goes on; what is null is not asked for.

    ``q`` as search reads it: words, codes, pinyin initials. ``from_minor`` and ``to_minor`` are
    yuan: of an offering its price lies between them, of a request its budget touches them.
    """

    id: UUID
    organisation_id: UUID
    wanted: Subject
    name: str
    q: str | None
    kind: OfferingKind | None
    technical_field: TechnicalField | None
    industry: str | None
    region: str | None
    from_minor: int | None
    to_minor: int | None
    created_at: datetime
    version: int


class NewSearch(Input, frozen=True):
    """What to be told of, under a name of one's own; at least one condition."""

    name: Line
    q: Words | None = None
    kind: OfferingKind | None = None
    technical_field: TechnicalField | None = None
    industry: Industry | None = None
    region: Region | None = None
    from_minor: AmountMinor | None = None
    to_minor: AmountMinor | None = None


class Told(msgspec.Struct, frozen=True):
    """Somebody to be told of a new hit, with the name of the search that found it."""

    person_id: UUID
    search: str


class NotASearcher(Forbidden):
    """Those who buy look for offerings, those who bid for requests."""

    code = "not_a_searcher"
    zh = "订阅搜索供企业人员和技协单位的会员、经办使用。请以其身份登录后办理。"
    en = "Searches are saved by an enterprise's people and a unit's members and clerks. Act as one."


class NothingAsked(Invalid):
    """A search for everything is the listing itself."""

    code = "nothing_asked"
    zh = "订阅搜索没有任何条件。请至少填写关键词、领域、地区或金额中的一项。"
    en = "The search asks for nothing. Give words, a field, a region, an amount, at least one."


class AmountsReversed(Invalid):
    """From the lower to the higher."""

    code = "search_amounts_reversed"
    zh = "金额下限高于上限。请核对两个金额。"
    en = "The lower amount is above the upper one. Check both."


class TooManySearches(Conflict):
    """Nobody reads more letters than that."""

    code = "too_many_searches"
    zh = "订阅搜索已有 {most} 个，不能再增加。请先删除不再需要的。"
    en = "There are {most} saved searches already. Delete one that is no longer needed."


def may_search(actor: Actor) -> bool:
    return actor.side is not None and actor.is_any(*SEARCHERS[actor.side])


def wanted_by(actor: Actor) -> Subject:
    return Subject.OFFERINGS if actor.side == "enterprise" else Subject.REQUESTS
