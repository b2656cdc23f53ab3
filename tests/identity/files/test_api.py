"""Files over HTTP, through the whole application and its edge."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest

from market.base import db
from tests.client import Caller, serving
from tests.conftest import Clone
from tests.world import identity as world

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
LIMIT_BYTES = 100_000


class Visitors(NamedTuple):
    """A clerk of a unit, somebody of another organisation, and nobody in particular."""

    clerk: Caller
    stranger: Caller
    nobody: Caller


@pytest.fixture(scope="module")
async def visitors(
    clone: Clone, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visitors]:
    async with serving(clone, tmp_path_factory.mktemp("data")) as market:
        conn = await db.connect(market.addresses.app)
        clerk = await world.person(conn, await world.unit(conn))
        stranger = await world.person(conn, await world.enterprise(conn))
        yield Visitors(
            await market.as_person(conn, clerk),
            await market.as_person(conn, stranger),
            market.nobody,
        )
        await conn.close()


async def sent(
    caller: Caller, content: bytes = PDF, name: str = "报告.pdf", **more: Any
) -> httpx.Response:
    return await caller.request("POST", "/v1/files", files={"file": (name, content)}, **more)


async def test_a_file_goes_in_and_comes_out_as_an_attachment(visitors: Visitors) -> None:
    stored = await sent(visitors.clerk)
    assert stored.status_code == 201, stored.text
    assert stored.json()["media_type"] == "application/pdf"
    back = await visitors.clerk.get(f"/v1/files/{stored.json()['id']}")
    assert back.content == PDF
    assert back.headers["content-type"] == "application/pdf"
    assert back.headers["content-disposition"].startswith("attachment")
    assert quote("报告.pdf") in back.headers["content-disposition"]
    assert back.headers["x-content-type-options"] == "nosniff"


async def test_a_strangers_answer_equals_that_for_an_absent_file(visitors: Visitors) -> None:
    stored = (await sent(visitors.clerk)).json()
    foreign = await visitors.stranger.get(f"/v1/files/{stored['id']}")
    absent = await visitors.stranger.get("/v1/files/00000000-0000-7000-8000-000000000000")
    assert foreign.status_code == absent.status_code == 404
    without = [{k: v for k, v in r.json().items() if k != "request_id"} for r in (foreign, absent)]
    assert without[0] == without[1]


async def test_nobody_sends_or_reads_without_signing_in(visitors: Visitors) -> None:
    stored = (await sent(visitors.clerk)).json()
    assert (await sent(visitors.nobody)).status_code == 401
    assert (await visitors.nobody.get(f"/v1/files/{stored['id']}")).status_code == 401


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "报告.pdf", 422, "file_empty"),
        (b"MZ\x90\x00" + b"\x00" * 100, "报告.pdf", 422, "file_type_refused"),
        (b"a,b\n1,\x00\n", "流水.csv", 422, "file_type_refused"),
        (PDF, "报告.exe", 422, "file_name_misleads"),
        (PDF, "../", 422, "file_name_unusable"),
        (b"a" * (LIMIT_BYTES + 1), "大.txt", 413, "file_too_large"),
        (b"a" * 3_000_000, "大.txt", 413, "file_too_large"),
    ],
)
async def test_what_is_refused_says_why_in_both_languages(
    visitors: Visitors, content: bytes, name: str, status: int, code: str
) -> None:
    for language in ("zh-CN", "en"):
        answer = await sent(visitors.clerk, content, name, headers={"accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-language"] == language


async def test_a_path_in_the_name_is_dropped(visitors: Visitors) -> None:
    assert (await sent(visitors.clerk, name="../../etc/报告.pdf")).json()["name"] == "报告.pdf"


async def test_json_is_no_file(visitors: Visitors) -> None:
    assert (await visitors.clerk.request("POST", "/v1/files", json={})).status_code == 415


async def test_one_key_sends_one_file_and_refuses_another(visitors: Visitors) -> None:
    key = {"idempotency-key": "file-1"}
    first = await sent(visitors.clerk, headers=key)
    again = await sent(visitors.clerk, headers=key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await sent(visitors.clerk, PDF + b"\n", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
