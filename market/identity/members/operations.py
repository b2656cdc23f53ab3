"""Enrolling members, their certificates, their leaving."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import clock, db, events, files, policies
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, Phrase, listed, require_version
from market.identity.members import queries
from market.identity.members.model import (
    MOVES,
    AlreadyEnrolled,
    CertificateDates,
    CertificateTwice,
    Leaving,
    Member,
    MemberEdit,
    MemberIncomplete,
    MemberKind,
    MemberPage,
    MemberState,
    NewMember,
    NewQualification,
    OnlyTheUnitsClerk,
    Qualification,
    UnknownGroup,
    UnknownLevel,
    is_complete,
    keeps_register,
)
from market.identity.people import operations as people
from market.identity.people.model import NewPerson
from market.identity.roles import queries as roles


async def enrol_member(conn: Connection, actor: Actor, unit_id: UUID, new: NewMember) -> Member:
    """Write a person or a group on the register of the clerk's own unit."""
    async with db.act(conn, actor):
        require(unit_id in actor.scope, NotFound)
        require(keeps_register(actor, unit_id), OnlyTheUnitsClerk)
        require(is_complete(new), MemberIncomplete(pointer="/name"))
        from_on = new.from_on or await clock.today(conn)
        person_id = await _person_of(conn, actor, new)
        try:
            async with db.savepoint(conn):
                member_id = await queries.insert_member(
                    conn, unit_id, new, person_id=person_id, from_on=from_on
                )
        except asyncpg.UniqueViolationError as twice:
            raise AlreadyEnrolled(number=new.number, pointer="/number") from twice
        except asyncpg.ForeignKeyViolationError as unknown:
            raise UnknownGroup(pointer="/organisation_id") from unknown
        member = await queries.find_member(conn, actor, member_id)
        await events.record(
            conn,
            actor,
            "member.enrolled",
            about=member,
            move=("enrol", None),
            changed={"unit": unit_id, "person": person_id},
        )
    return member


async def edit_member(
    conn: Connection, actor: Actor, member_id: UUID, edit: MemberEdit, expected_version: int | None
) -> Member:
    async with db.act(conn, actor):
        member = await _lock_own(conn, actor, member_id)
        require_version(member.version, expected_version)
        await queries.set_trade(conn, member.id, edit.trade)
        edited = await queries.find_member(conn, actor, member.id)
        await events.record(conn, actor, "member.edited", about=edited)
    return edited


async def leave(
    conn: Connection,
    actor: Actor,
    member_id: UUID,
    leaving: Leaving,
    *,
    expected_version: int | None = None,
) -> Member:
    """End a membership; the line stays on the register."""
    async with db.act(conn, actor):
        member = await _lock_own(conn, actor, member_id)
        if member.state == MemberState.LEFT:
            return member
        require_version(member.version, expected_version)
        return await end_membership(conn, actor, member, leaving)


async def end_membership(
    conn: Connection, actor: Actor, member: Member, leaving: Leaving
) -> Member:
    """The same as part of another act that the actor may do."""
    before = MemberState(member.state)
    to = MOVES.after("leave", before)
    to_on = leaving.to_on or await clock.today(conn)
    await queries.set_left(conn, member, to, to_on)
    left = await queries.find_member(conn, actor, member.id)
    await events.record(conn, actor, "member.left", about=left, move=("leave", before))
    return left


async def add_qualification(
    conn: Connection, actor: Actor, member_id: UUID, new: NewQualification
) -> Qualification:
    """Put a certificate on a member's page, after the clerk has seen it."""
    async with db.act(conn, actor):
        member = await _lock_own(conn, actor, member_id)
        await _check_certificate(conn, actor, new)
        try:
            async with db.savepoint(conn):
                qualification = await queries.insert_qualification(conn, member.id, new)
        except asyncpg.UniqueViolationError as twice:
            raise CertificateTwice(pointer="/number") from twice
        await _note(conn, actor, member, "member.qualified", qualification)
    return qualification


async def withdraw_qualification(
    conn: Connection, actor: Actor, member_id: UUID, qualification_id: UUID
) -> Qualification:
    """A certificate was withdrawn, or entered wrongly; it stays on record as such."""
    async with db.act(conn, actor):
        member = await _lock_own(conn, actor, member_id)
        today = await clock.today(conn)
        withdrawn = await queries.withdraw_qualification(conn, member.id, qualification_id, today)
        await _note(conn, actor, member, "member.disqualified", withdrawn)
    return withdrawn


async def page_of(conn: Connection, actor: Actor, member_id: UUID) -> MemberPage:
    member = await queries.find_member(conn, actor, member_id)
    return MemberPage(member, await queries.qualifications_of(conn, member.id))


async def _person_of(conn: Connection, actor: Actor, new: NewMember) -> UUID | None:
    if new.kind == MemberKind.GROUP:
        return None
    if new.person_id is not None:
        require(await roles.knows(conn, actor, new.person_id), NotFound(pointer="/person_id"))
        return new.person_id
    unheard_of = NewPerson(name=new.name or "", email=None, phone=new.phone)
    return (await people.create_person(conn, unheard_of)).id


async def _check_certificate(conn: Connection, actor: Actor, new: NewQualification) -> None:
    today = await clock.today(conn)
    expires_on = new.expires_on or new.issued_on
    if new.issued_on > today or expires_on < new.issued_on:
        raise CertificateDates(today=today, pointer="/issued_on")
    if new.file_id is not None:
        await files.find(conn, actor, new.file_id)
    policy = await policies.current(conn, "skill_levels", on=today)
    levels = policy.body["levels"]
    if new.level is not None and new.level not in [level["code"] for level in levels]:
        known = listed(
            Phrase(f"{level['zh']}（{level['code']}）", f"{level['en']} ({level['code']})")
            for level in levels
        )
        raise UnknownLevel(found=new.level, known=known, pointer="/level")


async def _lock_own(conn: Connection, actor: Actor, member_id: UUID) -> Member:
    member = await queries.lock_member(conn, actor, member_id)
    require(keeps_register(actor, member.unit_id), OnlyTheUnitsClerk)
    return member


async def _note(
    conn: Connection, actor: Actor, member: Member, name: str, qualification: Qualification
) -> None:
    await queries.bump(conn, member.id)
    about = await queries.find_member(conn, actor, member.id)
    changed = {"qualification": qualification.id}
    await events.record(conn, actor, name, about=about, changed=changed)
