"""The cell of a statement: one file of many lines is imported and matched over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.embedded import Cluster
from market.base.web import csrf_token
from tests.bench import load, place
from tests.bench.measure import Result
from tests.bench.place import Server
from tests.bench.world import World

BOUNDARY = "of-the-bench"


async def imported(running: Cluster, ours: Server, about: World, lines: int) -> Result:
    """Once: the same file again would add nothing. The rate is lines a second."""
    cpu_before, postgres_before = ours.cpu_seconds(), place.postgres_cpu_seconds(running)
    measured = await load.closed_loop(ours.port, _upload(about), seconds=0, connections=1)
    result = Result([lines / measured.seconds], measured.latencies, answers=lines)
    result.cpu.server = ours.cpu_seconds() - cpu_before
    result.cpu.postgres = place.postgres_cpu_seconds(running) - postgres_before
    return result


def _upload(about: World) -> Iterator[bytes]:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bank.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    content = head.encode() + about.statement + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = [
        f"POST /v1/bank-accounts/{about.idle_account}/statements HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: {SESSION_COOKIE}={about.session}",
        f"{CSRF_HEADER}: {csrf_token(about.session)}",
        "Idempotency-Key: statement-of-the-bench",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {len(content)}",
    ]
    yield "\r\n".join([*headers, "", ""]).encode() + content
