"""Sending a file in."""

from market.base import db, files
from market.base.access import Actor
from market.base.db import Connection
from market.base.files import File, Upload


async def store_file(conn: Connection, actor: Actor, upload: Upload) -> File:
    """Keep a received file for the organisation that the actor acts for."""
    async with db.act(conn, actor):
        return await files.store(conn, actor, upload)
