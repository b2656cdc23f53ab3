"""Enterprise requests before their next step; all but the drafts are by invitation."""

from __future__ import annotations

import msgspec

from market.base.access import Role
from market.base.db import Connection
from market.trade.enterprise_requests import operations, questions
from market.trade.enterprise_requests.terms import TermsChange
from tests.access.things import Ground, Things
from tests.world import catalogue, identity, requests


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    buyer = await identity.person(conn, ground.enterprise, Role.BUYER)
    things.keep("request_draft", await requests.drafted(conn, buyer))
    file_id = await catalogue.stored_file(conn, buyer)
    things.ids["request_file"] = file_id
    opened = await requests.opened(
        conn, buyer, invited=[ground.unit.id], secrecy="invited", file_ids=[file_id]
    )
    asked = await questions.ask_question(conn, ground.cast.clerk, opened.id, "现场可以停机吗？")
    things.ids["question"] = asked.id
    change = msgspec.convert({"quantity": 2, "reason": "增加一台"}, TermsChange)
    things.keep("request_open", await operations.change_request(conn, buyer, opened.id, change))
