"""Opening the desk, and writing one batch after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from market.base import clock, db, events
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.events import Happening
from market.identity.people import queries as people
from market.identity.people.model import Person, normal_email
from market.identity.roles import queries as roles
from market.identity.units import queries as units
from market.trade.catalogue import model as catalogue
from market.trade.catalogue.importing import ids, model, queries, rows
from market.trade.catalogue.importing.model import Batch, Desk, Outcome, Prepared

CODE: Final = list(rows.COLUMNS).index("code")
ID: Final = list(rows.COLUMNS).index("id")
SAID: Final = len(rows.SAID)


async def open_desk(conn: Connection, *, unit: str, importer: str, reviewer: str | None) -> Desk:
    """For which unit, by whom, and passed by whom elsewhere; people are named by their addresses.

    Only whoever holds the server's shell can call it. Raises UnitUnknown, PersonUnknown,
    NotTheDrafter, NotTheReviewer, MakerReviews.
    """
    async with db.look(conn, SYSTEM):
        found = await queries.units_named(conn, unit)
        require(len(found) == 1, model.UnitUnknown(named=unit))
        place = found[0]
        maker = await _who(conn, importer)
        standing = await roles.standings(conn, maker.id)
        acting = [each for each in standing if each.organisation_id == place.id]
        require(bool(acting) and catalogue.may_draft(acting[0]), catalogue.NotTheDrafter)
        passer = await _who(conn, reviewer) if reviewer is not None else None
        if passer is not None:
            require(passer.id != maker.id, catalogue.MakerReviews)
            may = await _may_review(conn, passer.id, place.id)
            require(may, catalogue.NotTheReviewer)
        register = await queries.register_of(conn, place.id)
    return Desk(
        unit_id=place.id,
        name_zh=place.name_zh,
        name_en=place.name_en,
        importer=acting[0],
        reviewer_id=passer.id if passer else None,
        register=register,
    )


async def stamp(conn: Connection, numbers: list[int], cells: list[list[str]]) -> Batch:
    """A batch of lines with the ids that they get, and the instant from which they count."""
    at, first = await queries.stamp(conn)
    return Batch(numbers, cells, ids.following(first, len(cells)), at)


async def look_batch(conn: Connection, desk: Desk, batch: Batch, prepared: Prepared) -> Outcome:
    """What importing the batch would come to; nothing is written."""
    async with db.look(conn, desk.importer):
        _, outcome = await _sorted_out(conn, desk, batch, prepared)
    return outcome


async def import_batch(conn: Connection, desk: Desk, batch: Batch, prepared: Prepared) -> Outcome:
    """Write the good lines that are not there yet, all in one act.

    asyncpg.UniqueViolationError when somebody takes one of the codes meanwhile: try again.
    """
    async with db.act(conn, desk.importer):
        new, outcome = await _sorted_out(conn, desk, batch, prepared)
        if outcome.imported:
            await _write(conn, desk, new)
    return outcome


async def _write(conn: Connection, desk: Desk, lists: Sequence[list[Any]]) -> None:
    if desk.reviewer_id is None:
        await queries.insert_drafts(conn, desk, lists)
        name, move, state = "offering.drafted", "draft", catalogue.OfferingState.DRAFT
    else:
        await queries.insert_published(conn, desk, lists)
        name, move, state = "offering.imported", "import", catalogue.OfferingState.PUBLISHED
    assert catalogue.MOVES.births[move] is state, "what is imported begins as the moves say"
    changed = {"reviewer_id": str(desk.reviewer_id)} if desk.reviewer_id else {}
    born = (Happening(name, each, 1, move, events.BIRTH, state, changed) for each in lists[ID])
    await events.record_many(conn, list(born))


async def _sorted_out(
    conn: Connection, desk: Desk, batch: Batch, prepared: Prepared
) -> tuple[Sequence[list[Any]], Outcome]:
    """The lists of the lines that are new, and what becomes of all."""
    if not prepared.places:
        return [], Outcome(0, 0, prepared.faults)
    said, reckoned = prepared.columns[:SAID], prepared.columns[SAID:]
    ids = [batch.id(place) for place in prepared.places]
    instants = [batch.instant(place) for place in prepared.places]
    lists = [*said, ids, instants, *reckoned]
    codes = lists[CODE]
    taken = set(await queries.codes_taken(conn, desk.unit_id, codes))
    if not taken:
        return lists, Outcome(len(codes), 0, prepared.faults)
    there = [place for place, code in enumerate(codes) if code in taken]
    same = await queries.codes_with_this_content(
        conn, desk.unit_id, [_picked(column, there) for column in said]
    )
    differing = [place for place in there if codes[place] not in same]
    faults = [
        model.line_fault(
            batch.numbers[prepared.places[place]],
            model.CodeDiffers(pointer="/code", taken=codes[place]),
        )
        for place in differing
    ]
    absent = [place for place, code in enumerate(codes) if code not in taken]
    new = [_picked(column, absent) for column in lists]
    return new, Outcome(len(absent), len(same), [*prepared.faults, *faults])


def _picked(column: list[Any], places: Sequence[int]) -> list[Any]:
    return [column[place] for place in places]


async def _who(conn: Connection, email: str) -> Person:
    found = await people.find_by_email(conn, normal_email(email))
    if found is None:
        raise model.PersonUnknown(email=email)
    return found


async def _may_review(conn: Connection, person_id: UUID, unit_id: UUID) -> bool:
    """Whether he is a technical reviewer of the unit or of its parent today."""
    today = await clock.today(conn)
    parents = await units.parents_from(conn, unit_id, today)
    near = {unit_id, *(each.parent_id for each in parents if each.from_on <= today)}
    standing: list[Actor] = await roles.standings(conn, person_id)
    return any(
        each.organisation_id in near and each.is_any(Role.TECH_REVIEWER) for each in standing
    )
