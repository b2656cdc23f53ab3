"""The contract as PDF/A: its text word for word, its hash on every page, its signatures."""

from __future__ import annotations

import re

import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.documents import typesetting
from market.base.documents.model import Document, NotPrintable
from market.base.errors import NotFound
from market.trade.signing import document, operations
from tests.pdf import pages_of, squeezed
from tests.world import contracts, identity
from tests.world.contracts import Cast, Deal


async def document_of(conn: Connection, actor: Actor, deal: Deal) -> Document:
    async with db.look(conn, actor):
        return await document.contract_document(conn, actor, deal.contract.id)


async def test_the_pdf_says_the_canonical_text_word_for_word(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.signed(conn, people)
    found = await document_of(conn, deal.cast.buyer, deal)
    async with db.look(conn, deal.cast.buyer):
        text = await operations.read_text(conn, deal.cast.buyer, deal.contract.id)
    *body, signatures = await pages_of(found)
    said = "".join(_without_frame(page, found) for page in body)
    assert said == squeezed(text.body.decode())
    assert text.sha256 is not None
    assert all(text.sha256 in page for page in [*body, signatures])
    assert deal.contract.number is not None
    assert all(deal.contract.number in page for page in [*body, signatures])


def _without_frame(page: str, found: Document) -> str:
    """The page without what stands above and below every page."""
    above = squeezed(found.data["issuer"] + found.data["reference"])
    below = re.compile(re.escape(squeezed(found.data["note"])) + r"第\d+页，共\d+页Page\d+of\d+")
    assert above in page
    assert below.search(page)
    return below.sub("", page.replace(above, "", 1))


async def test_the_last_page_says_who_signed_by_what_authority(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.sign(conn, await contracts.approved(conn, people), "provider")
    last = (await pages_of(await document_of(conn, deal.cast.buyer, deal)))[-1]
    for words in (
        "签署页",
        people.unit.name_zh,
        await _name(conn, people.unit_signatory),
        "法定代表人",
        "平台电子签署",
        "尚未签署",
        "现尚未生效",
    ):
        assert words in last


async def _name(conn: Connection, actor: Actor) -> str:
    async with db.look(conn, actor):
        name = await conn.fetchval("SELECT name FROM person WHERE id = $1", actor.person_id)
    return squeezed(name)


async def test_a_draft_is_marked_as_one_and_bears_no_hash(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people)
    found = await document_of(conn, deal.cast.clerk, deal)
    pages = await pages_of(found)
    assert all("草案DRAFT" in page for page in pages)
    assert not any("签署页" in page for page in pages)
    assert found.data["sha256"] is None


async def test_a_rare_character_is_told_while_drafting_and_not_printed(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.drafted(conn, people, title_zh="𠮷野轴承修复")
    assert deal.contract.unprintable == ["𠮷 U+20BB7"]
    with pytest.raises(NotPrintable, match=r"𠮷 U\+20BB7"):
        await typesetting.pdf(await document_of(conn, deal.cast.clerk, deal))


async def test_strangers_do_not_see_it(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    with pytest.raises(NotFound):
        await document_of(conn, stranger, deal)
