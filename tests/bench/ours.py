"""The market's server as it is, beside its worker, with one route that exists here only."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from market import app, serving
from market.base import db, logs, settings
from market.base.embedded import Dsns
from market.base.fields import Input, PositiveMinor
from market.base.web import Door
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting


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


@post("/v1/bare-postings", operation_id="post_bare", status_code=201)
async def post_bare(door: NamedDependency[Door], data: JSONBody[BarePosting]) -> Response[bytes]:
    actor = door.actor
    leg = Leg(
        Account(data.debit.kind, data.debit.subject),
        Account(data.credit.kind, data.credit.subject),
        data.amount_minor,
        "CNY",
    )
    posting = Posting(data.cause, data.books, data.effective_on, [leg])

    async def posted(conn: db.Connection) -> object:
        async with db.act(conn, actor):
            return await ledger.post(conn, posting)

    return await door.act(posted, status=201)


def main() -> None:
    given = settings.load({**os.environ, "MARKET_PORT": sys.argv[1]})
    logs.configure(given.log_level)
    dsns = Dsns(os.environ["DATABASE_URL"], os.environ["WORKER_DATABASE_URL"], None, None)
    app.ROUTES.append(post_bare)
    serving.run(serving.serve(given, dsns, with_worker=False, ready=lambda: None))


if __name__ == "__main__":
    main()
