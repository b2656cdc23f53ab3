"""The market's server as it is, without its worker, with three routes that exist here only."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from market import app, serving
from market.base import db, logs, settings
from market.base.access import Actor
from market.base.embedded import Dsns
from market.base.fields import Input, PositiveMinor
from market.base.together import Together
from market.base.web import JSON, Door
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, PostedPosting, Posting
from market.money.payments.stripe_events import operations as stripe_events
from market.money.payments.stripe_events.model import Delivery
from market.money.payments.stripe_events.operations import FAULTS_OF_ITS_OWN


class Side(Input, frozen=True):
    """An account of the books."""

    kind: Annotated[str, Meta(max_length=100)]
    subject: UUID | None = None


class BarePosting(Input, frozen=True):
    """A posting that nothing in the market calls for."""

    cause: Annotated[str, Meta(max_length=200)]
    books: UUID
    effective_on: date
    debit: Side
    credit: Side
    amount_minor: PositiveMinor


def _posting(data: BarePosting) -> Posting:
    leg = Leg(
        Account(data.debit.kind, data.debit.subject),
        Account(data.credit.kind, data.credit.subject),
        data.amount_minor,
        "CNY",
    )
    return Posting(data.cause, data.books, data.effective_on, [leg])


@post("/v1/bare-postings", operation_id="post_bare", status_code=201)
async def post_bare(door: NamedDependency[Door], data: JSONBody[BarePosting]) -> Response[bytes]:
    actor, posting = door.actor, _posting(data)

    async def posted(conn: db.Connection) -> object:
        async with db.act(conn, actor):
            return await ledger.post(conn, posting)

    return await door.act(posted, status=201)


class Asked(NamedTuple):
    """Who wants what posted."""

    actor: Actor
    posting: Posting


class Group:
    """Postings that are asked for at once, by whomever, in one transaction."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self.together = Together(self._post, at_most=100, apart=FAULTS_OF_ITS_OWN)

    async def _post(self, asked: Sequence[Asked]) -> list[PostedPosting | Exception]:
        return await db.retrying(self._pool, lambda conn: self._in_one(conn, asked))

    async def _in_one(
        self, conn: db.Connection, asked: Sequence[Asked]
    ) -> list[PostedPosting | Exception]:
        answers: dict[str, PostedPosting | Exception] = {}
        by_actor: dict[UUID, list[Asked]] = defaultdict(list)
        for one in asked:
            by_actor[one.actor.person_id].append(one)
        async with db.act(conn, asked[0].actor):
            for some in by_actor.values():
                async with db.act(conn, some[0].actor):
                    postings = [one.posting for one in some]
                    refused = await ledger.post_each(conn, postings)
                    posted = await conn.fetch(
                        f"SELECT {db.columns(PostedPosting)} FROM posting WHERE cause = ANY($1)",
                        [one.cause for one in postings],
                    )
                answers |= {one["cause"]: PostedPosting(*one) for one in posted}
                answers |= refused
        return [answers[one.posting.cause] for one in asked]


@post("/v1/grouped-postings", operation_id="post_grouped", status_code=201)
async def post_grouped(door: NamedDependency[Door], data: JSONBody[BarePosting]) -> Response[bytes]:
    state = door.request.app.state
    if "group" not in state:
        state.group = Group(door.pool)
    posted = await state.group.together.ask(Asked(door.actor, _posting(data)))
    return Response(msgspec.json.encode(posted), status_code=201, media_type=JSON)


@post("/stripe/{unit:str}/one-event", opt={"public": True}, status_code=200)
async def receive_one(door: NamedDependency[Door], unit: FromPath[str]) -> Response[bytes]:
    """As the market keeps an event, each by a commit of its own."""
    payload = await door.request.body()
    secrets = door.request.app.state.rails.secrets_of(unit)
    told = stripe_events.verified(secrets, payload, door.request.headers.get("stripe-signature"))
    async with db.lease(door.pool) as conn:
        [received] = await stripe_events.keep(conn, [Delivery(unit, told, payload.decode())])
    return Response(msgspec.json.encode(received), media_type=JSON)


def main() -> None:
    given = settings.load({**os.environ, "MARKET_PORT": sys.argv[1]})
    logs.configure(given.log_level)
    dsns = Dsns(os.environ["DATABASE_URL"], os.environ["WORKER_DATABASE_URL"], None, None)
    app.ROUTES.extend([post_bare, post_grouped, receive_one])
    serving.run(serving.serve(given, dsns, with_worker=False, ready=lambda: None))


if __name__ == "__main__":
    main()
