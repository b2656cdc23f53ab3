"""What people do with their saved searches, and what is published does to them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import db, events
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.events import Event, Job, Subscriptions
from market.trade.catalogue.searching import query_of
from market.trade.discovery import model, queries
from market.trade.discovery.model import NewSearch, SavedSearch, Told


async def save_search(conn: Connection, actor: Actor, data: NewSearch) -> SavedSearch:
    """Keep a search: of offerings for an enterprise's people, of requests for a unit's.

    What is published already is no hit: it is found by searching. Raises NotASearcher,
    NothingAsked, NothingToSearch, AmountsReversed, TooManySearches.
    """
    async with db.act(conn, actor):
        require(model.may_search(actor), model.NotASearcher)
        _check(data)
        asked = query_of(data.q).match if data.q is not None else None
        wanted = model.wanted_by(actor)
        saved = await _insert(conn, actor, wanted, data, asked)
        await events.record(conn, actor, "saved_search.saved", about=saved)
        return saved


async def delete_search(conn: Connection, actor: Actor, search_id: UUID) -> None:
    """Forget it, and what it found. Raises NotFound unless it is one's own."""
    async with db.act(conn, actor):
        deleted = await queries.delete_search(conn, actor, search_id)
        await events.record(conn, actor, "saved_search.deleted", about=deleted)


async def list_hits(
    conn: Connection, actor: Actor, search_id: UUID, *, before: UUID | None, limit: int
) -> list[tuple[UUID, bytes]]:
    """Raises NotFound unless it is one's own."""
    search = await queries.find_search(conn, actor, search_id)
    return await queries.hits_of(conn, actor, search, before=before, limit=limit)


async def match_published(conn: Connection, event: Event) -> list[Told]:
    """Who is to be told of what was just published; a second time nobody."""
    async with db.act(conn, SYSTEM):
        if event.subject == "offering":
            return await queries.match_offering(conn, event.subject_id)
        return await queries.match_request(conn, event.subject_id)


async def forget_person(conn: Connection, event: Event) -> None:
    async with db.act(conn, SYSTEM):
        await queries.forget_person(conn, event.subject_id)


async def _insert(
    conn: Connection, actor: Actor, wanted: model.Subject, data: NewSearch, asked: str | None
) -> SavedSearch:
    """Whoever loses a slot to another tries the next: after so many tries all are taken."""
    for _ in range(model.MOST_SEARCHES + 1):
        saved = await queries.insert_search(conn, actor, wanted, data, asked)
        if saved is not None:
            return saved
    raise model.TooManySearches(most=model.MOST_SEARCHES)


def _check(data: NewSearch) -> None:
    asked = (data.q, data.kind, data.technical_field, data.industry, data.region)
    amounts = (data.from_minor, data.to_minor)
    require(any(each is not None for each in (*asked, *amounts)), model.NothingAsked)
    if data.from_minor is not None and data.to_minor is not None:
        require(data.from_minor <= data.to_minor, model.AmountsReversed(pointer="/from_minor"))


SUBSCRIPTIONS: Final[Subscriptions] = {"person.erased": ("discovery.forget_person",)}
JOBS: Final[dict[str, Job]] = {"discovery.forget_person": forget_person}
