"""A member agrees to be shown to the public, or withdraws that."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.identity.members import queries as members
from market.trade.providers import model, queries
from market.trade.providers.model import Profile, ProfileInput


async def agree_to_be_shown(
    conn: Connection, actor: Actor, member_id: UUID, data: ProfileInput
) -> Profile:
    """The member himself lets the public read his name, his trade and these certificates.

    Raises NotThroughAKey, NotFound to a stranger, OnlyTheMemberHimself, QualificationUnknown.
    """
    async with db.act(conn, actor):
        member = await members.lock_member(conn, actor, member_id)
        require(model.is_himself(actor, member), model.OnlyTheMemberHimself)
        chosen = list(dict.fromkeys(data.qualification_ids))
        missing = len(chosen) - await queries.count_own_qualifications(conn, member_id, chosen)
        require(
            missing == 0, model.QualificationUnknown(missing=missing, pointer="/qualification_ids")
        )
        profile = await queries.keep_profile(conn, actor, member_id, chosen)
        await events.record(conn, actor, "member_profile.agreed", about=profile)
        return profile


async def withdraw_from_the_public(conn: Connection, actor: Actor, member_id: UUID) -> None:
    """From this moment on the public reads nothing of the member; a second time changes nothing.

    Raises NotThroughAKey, NotFound to a stranger, OnlyTheMemberHimself.
    """
    async with db.act(conn, actor):
        member = await members.lock_member(conn, actor, member_id)
        require(model.is_himself(actor, member), model.OnlyTheMemberHimself)
        withdrawn = await queries.delete_profile(conn, member_id)
        if withdrawn is not None:
            await events.record(conn, actor, "member_profile.withdrawn", about=withdrawn)
