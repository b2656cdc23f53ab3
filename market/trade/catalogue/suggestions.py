"""What somebody who is typing may mean: technical fields, units that offer, titles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from market.base import pinyin, text
from market.base.db import Connection
from market.base.errors import Phrase
from market.base.lexemes import Query
from market.trade.catalogue.searching import LAST_ID
from market.trade.catalogue.terms import TechnicalField

SuggestionKind = Literal["technical_field", "unit", "title"]

MOST_READ: Final = 50
MOST_OF_A_KIND: Final = 6
# As the registration form of technology contracts calls them.
FIELDS: Final = {
    TechnicalField.ELECTRONICS: Phrase("电子信息", "Electronics and information"),
    TechnicalField.AEROSPACE: Phrase("航空航天", "Aerospace"),
    TechnicalField.ADVANCED_MANUFACTURING: Phrase("先进制造", "Advanced manufacturing"),
    TechnicalField.BIOMEDICINE: Phrase("生物医药和医疗器械", "Biomedicine and medical devices"),
    TechnicalField.NEW_MATERIALS: Phrase("新材料及其应用", "New materials"),
    TechnicalField.ENERGY_SAVING: Phrase("新能源与高效节能", "New energy and energy saving"),
    TechnicalField.ENVIRONMENT: Phrase("环境保护与资源综合利用", "Environment and resources"),
    TechnicalField.NUCLEAR: Phrase("核应用技术", "Nuclear applications"),
    TechnicalField.AGRICULTURE: Phrase("农业", "Agriculture"),
    TechnicalField.TRANSPORT: Phrase("现代交通", "Modern transport"),
    TechnicalField.URBAN_SOCIETY: Phrase("城市建设与社会发展", "City and society"),
}


class Suggestion(msgspec.Struct, frozen=True):
    """``value``: of a field its code, of a unit its id; a title stands for itself."""

    kind: SuggestionKind
    value: str
    zh: str
    en: str | None


class Suggestions(msgspec.Struct, frozen=True):
    items: list[Suggestion]


class Shown(msgspec.Struct, frozen=True):
    """What is read of a card."""

    unit_id: str
    unit_name_zh: str
    unit_name_en: str | None
    title_zh: str
    title_en: str


async def newest_matching(conn: Connection, query: Query) -> list[Shown]:
    records = await conn.fetch(
        """SELECT c.item FROM newest_matching(NULL, $1::text[]::tsquery[], 'infinity', $2, $3) s
           JOIN offering_card c USING (id) ORDER BY s.published_at DESC, s.id DESC""",
        query.terms,
        LAST_ID,
        MOST_READ,
    )
    return [msgspec.json.decode(record["item"], type=Shown) for record in records]


def suggestions(typed: str, found: Iterable[Shown]) -> Suggestions:
    """At most six of a kind, fields first; titles that say what was typed before others."""
    shown = list(found)
    units = (
        Suggestion("unit", each.unit_id, each.unit_name_zh, each.unit_name_en)
        for each in shown
        if says(typed, each.unit_name_zh, each.unit_name_en)
    )
    titles = (
        Suggestion("title", each.title_zh, each.title_zh, each.title_en)
        for each in sorted(shown, key=lambda each: not says(typed, each.title_zh, each.title_en))
    )
    return Suggestions([*fields_named(typed), *first_few(units), *first_few(titles)])


def fields_named(typed: str) -> Iterator[Suggestion]:
    """The technical fields whose names say what was typed."""
    return first_few(
        Suggestion("technical_field", field, name.zh, name.en)
        for field, name in FIELDS.items()
        if says(typed, name.zh, name.en)
    )


def first_few(several: Iterable[Suggestion]) -> Iterator[Suggestion]:
    yield from list(dict.fromkeys(several))[:MOST_OF_A_KIND]


def says(typed: str, zh: str, en: str | None) -> bool:
    """Whether a name holds what was typed, or begins with its pinyin initials."""
    wanted = text.squeezed(typed)
    holds = any(wanted in text.squeezed(name) for name in (zh, en or ""))
    return holds or pinyin.initials(zh).startswith(wanted)
