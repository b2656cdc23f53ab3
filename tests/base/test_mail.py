"""A mail server that comes late, or comes back, is given what is still news."""

from __future__ import annotations

from datetime import timedelta

from market.base import db, mail
from market.base.access import SYSTEM
from tests.conftest import Clone
from tests.world import awarding


async def test_what_was_written_days_ago_is_kept_and_not_sent(clone: Clone) -> None:
    async with clone() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        for cause, then in (("old", timedelta(days=2, hours=23)), ("new", timedelta(hours=2))):
            async with db.act(app, SYSTEM):
                await mail.post(app, to="reader@market.test", subject=cause, body="x", cause=cause)
            assert cause in [letter.cause for letter in await mail.unsent(worker, limit=9)]
            await awarding.passes(addresses.owner, then)
        assert [letter.cause for letter in await mail.unsent(worker, limit=9)] == ["new"]
        assert len(await mail.kept(worker, limit=9)) == 2
        for connection in (app, worker):
            await connection.close()
