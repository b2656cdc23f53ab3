"""The cells of posting over HTTP: a bank line matched, and a bare posting, alone or grouped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import msgspec

from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.embedded import Dsns
from market.base.web import csrf_token
from tests.bench import captured
from tests.bench.captured import Finds
from tests.bench.load import Requests
from tests.bench.measure import Cell, Http
from tests.bench.pgbench import Script
from tests.bench.place import LIMIT, Server
from tests.bench.world import AMOUNT_MINOR, BARE_CAUSE, World


def post(path: str, body: object, *headers: str) -> bytes:
    content = msgspec.json.encode(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _signed_in(about: World) -> tuple[str, ...]:
    return (
        f"Cookie: {SESSION_COOKIE}={about.session}",
        f"{CSRF_HEADER}: {csrf_token(about.session)}",
    )


def matching(ours: Server, rival: Server, about: World, sql: str) -> Cell:
    """Every line is matched once, whoever matches it works on a database of his own."""
    left = {name: iter(about.lines) for name in ("ours", "fastapi")}
    return Cell(
        "match over HTTP",
        {
            "ours": Http(ours, lambda: _matches(about, left["ours"])),
            "fastapi": Http(rival, lambda: _matches(about, left["fastapi"])),
            "pgbench": Script(sql, database=LIMIT),
        },
    )


def _matches(about: World, lines: Iterator[tuple[UUID, UUID]]) -> Requests:
    headers = _signed_in(about)
    for line_id, organisation_id in lines:
        key = f"Idempotency-Key: {line_id}"
        yield post(f"/v1/bank-lines/{line_id}/match", _terms(organisation_id), *headers, key)


def _terms(organisation_id: UUID) -> dict[str, object]:
    rest = {
        "to": "customer_credit",
        "amount_minor": AMOUNT_MINOR,
        "organisation_id": str(organisation_id),
    }
    return {"rest": rest}


async def matching_script(addresses: Dsns, about: World, data: Path) -> str:
    """The statements of one match, noted once the application has prepared all of them."""
    headers = {CSRF_HEADER: csrf_token(about.session), "idempotency-key": KEY}
    async with captured.application(addresses, data) as (app, client):
        client.cookies.set(SESSION_COOKIE, about.session)
        for line_id, organisation_id in about.lines[-2:]:
            async with captured.noting(app) as sent:
                answer = await client.post(
                    f"/v1/bank-lines/{line_id}/match",
                    json=_terms(organisation_id),
                    headers={**headers, "idempotency-key": f"{KEY}{line_id.hex[-9:]}"},
                )
                assert answer.status_code == 201, answer.text
    last_line, last_organisation = map(str, about.lines[-1])
    known = {
        last_line: ":line_id",
        answer.json()["id"]: ":match_id",
        last_organisation: _owner(about),
        f"{KEY}{about.lines[-1][0].hex[-9:]}": f"'{KEY}' || :k",
    }
    next_line = "SELECT id FROM bench_line WHERE n = (SELECT nextval('bench_line_n'))"
    finds = [
        Finds("FROM bank_line WHERE id = ANY", "line_", {last_line: next_line}),
        Finds("INSERT INTO match", "match_", {}),
    ]
    variables = f"\\set o random(1, {len(about.owners)})\n\\set k random(1, 9000000000000000)\n"
    return variables + captured.script(sent, known, finds)


KEY: Final = "of-the-bench-"


def _owner(about: World) -> str:
    """One of the owners, by chance, as pgbench finds him."""
    return "('{" + ",".join(map(str, about.owners)) + "}'::uuid[])[:o]"


# The lines that pgbench matches, one after the other.
LINES_SQL: Final = (
    """CREATE TABLE bench_line AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM bank_line""",
    "ALTER TABLE bench_line ADD PRIMARY KEY (n)",
    "CREATE SEQUENCE bench_line_n",
    "GRANT SELECT ON bench_line TO market_app",
    "GRANT USAGE ON SEQUENCE bench_line_n TO market_app",
)


def bare(ours: Server, rival: Server, about: World) -> Cell:
    """One leg out of suspense into the credit of somebody."""
    return Cell(
        "bare posting over HTTP",
        {
            "ours": Http(ours, lambda: _bare(about)),
            "grouped": Http(ours, lambda: _bare(about, "/v1/grouped-postings")),
            "fastapi": Http(rival, lambda: _bare(about)),
            "pgbench": _bare_script(about),
        },
    )


def _bare(about: World, path: str = "/v1/bare-postings") -> Requests:
    headers, owners = _signed_in(about), about.owners
    run = uuid4().hex[:8]
    for n in count():
        yield post(
            path,
            {
                "cause": f"{BARE_CAUSE}:{run}-{n}",
                "books": str(about.unit.id),
                "effective_on": about.today.isoformat(),
                "debit": {"kind": "suspense"},
                "credit": {"kind": "customer_credit", "subject": str(owners[n % len(owners)])},
                "amount_minor": 1 + n % 1000,
            },
            *headers,
        )


def _bare_script(about: World) -> Script:
    shown = about.session_hash.hex()
    who = "person_id, organisation_id, side, roles, scope, approves_for, language, stored_hash"
    # Who acts is said before the posting asks for it: the one depends on the other.
    return Script(
        f"""\\set o random(1, {len(about.owners)})
SELECT {who}, stale, second_factor, withheld FROM who_is('session', decode('{shown}', 'hex'));
BEGIN;
SELECT p.public_id, p.cause, p.books, p.effective_on, p.period, p.created_at, p.actor FROM (SELECT \
set_config('market.actor', '{about.finance.person_id}', true) AS actor, set_config(\
'market.organisation', '{about.unit.id}', true) AS organisation OFFSET 0) AS w CROSS JOIN LATERAL \
ledger_post('{BARE_CAUSE}' || chr(58) || uuidv7() || left(w.actor, 0), '{about.unit.id}'::uuid, \
'{about.today}'::date, ARRAY['suspense'], ARRAY[NULL]::uuid[], ARRAY['customer_credit'], \
ARRAY[{_owner(about)}], ARRAY[(1 + :o)::bigint], ARRAY['CNY']) AS p;
COMMIT;
""",
        database=LIMIT,
    )
