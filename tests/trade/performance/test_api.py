"""A milestone over HTTP: acts as resources, versions as ETags, faults in both languages."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from market.base import db
from market.base.db import Connection
from tests.client import Caller, serving
from tests.conftest import Clone
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.contracts import Deal

CERTIFICATE = {"inspector": "检验员甲", "standard": "GB/T 11374-2012", "result": "合格"}


class Scene(NamedTuple):
    """A signed contract, and its people as callers."""

    conn: Connection
    deal: Deal
    clerk: Caller
    buyer: Caller
    stranger: Caller
    nobody: Caller

    def path(self, place: int, act: str = "") -> str:
        return f"/v1/milestones/{performance.milestones(self.deal)[place]}{act}"

    async def evidence(self) -> UUID:
        return await performance.evidence(self.conn, self.deal.cast.clerk)


@pytest.fixture(scope="module")
async def scene(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with serving(stocked, tmp_path_factory.mktemp("data")) as market:
        conn = await db.connect(market.addresses.app)
        deal = await contracts_world.signed(conn)
        outsider = await world.person(conn, await world.enterprise(conn))
        yield Scene(
            conn,
            deal,
            await market.as_person(conn, deal.cast.clerk),
            await market.as_person(conn, deal.cast.buyer),
            await market.as_person(conn, outsider),
            market.nobody,
        )
        await conn.close()


async def test_from_start_to_certificate_each_answer_carries_the_next_version(
    scene: Scene,
) -> None:
    started = await scene.clerk.request("PUT", scene.path(0, "/start"))
    assert (started.status_code, started.json()["state"]) == (200, "in_progress")
    given = {"note": "第一轮交付", "files": [str(await scene.evidence())]}
    held = {"if-match": started.headers["etag"]}
    delivered = await scene.clerk.request(
        "POST", scene.path(0, "/deliveries"), json=given, headers=held
    )
    assert (delivered.status_code, delivered.json()["state"]) == (201, "delivered")
    stale = await scene.buyer.request(
        "PUT", scene.path(0, "/acceptance"), json=CERTIFICATE, headers=held
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    accepted = await scene.buyer.request(
        "PUT",
        scene.path(0, "/acceptance"),
        json=CERTIFICATE,
        headers={"if-match": delivered.headers["etag"]},
    )
    assert accepted.status_code == 200
    assert accepted.json()["certificate"]["inspector"] == "检验员甲"
    read = await scene.clerk.get(scene.path(0))
    assert read.json() == accepted.json()
    assert read.headers["etag"] == accepted.headers["etag"]
    known = {"if-none-match": read.headers["etag"]}
    assert (await scene.clerk.get(scene.path(0), headers=known)).status_code == 304


async def test_a_stranger_gets_the_answer_for_an_absent_milestone(scene: Scene) -> None:
    absent = "/v1/milestones/00000000-0000-7000-8000-000000000000"
    answers = [await scene.stranger.get(path) for path in (scene.path(1), absent)]
    assert [answer.status_code for answer in answers] == [404, 404]
    first, second = ({**answer.json(), "request_id": ""} for answer in answers)
    assert first == second
    listed = await scene.stranger.get(f"/v1/contracts/{scene.deal.contract.id}/milestones")
    assert listed.status_code == 404
    assert (await scene.nobody.get(scene.path(1))).status_code == 401


async def test_the_wrong_party_is_told_who_may(scene: Scene) -> None:
    answer = await scene.buyer.request(
        "PUT", scene.path(1, "/start"), headers={"accept-language": "en"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "only_provider_performs")
    assert "Ask a colleague" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("act", "body", "pointer"),
    [
        ("acceptance", {**CERTIFICATE, "result": "合格\x00"}, "/result"),
        ("acceptance", {**CERTIFICATE, "result": ""}, "/result"),
        ("acceptance", {**CERTIFICATE, "inspector": "甲" * 201}, "/inspector"),
        ("return", {"reasons": "x" * 1001}, "/reasons"),
        ("return", {"reasons": 2**63}, "/reasons"),
    ],
)
async def test_a_fault_in_the_body_is_named_by_its_place(
    scene: Scene, act: str, body: dict[str, Any], pointer: str
) -> None:
    answer = await scene.buyer.request("PUT", scene.path(1, f"/{act}"), json=body)
    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({**CERTIFICATE, "mark": "优"}, "unknown_field"),
        ({**CERTIFICATE, "files": ["not-an-id"]}, "not_a_uuid"),
    ],
)
async def test_a_body_of_another_shape_is_refused(
    scene: Scene, body: dict[str, Any], code: str
) -> None:
    answer = await scene.buyer.request("PUT", scene.path(1, "/acceptance"), json=body)
    assert answer.status_code == 422, answer.text
    assert [fault["code"] for fault in answer.json()["errors"]] == [code]


async def test_evidence_that_is_not_there_is_named_by_its_place(scene: Scene) -> None:
    await scene.clerk.request("PUT", scene.path(2, "/start"))
    given = {"note": "交付", "files": [str(await scene.evidence()), str(UUID(int=9))]}
    answer = await scene.clerk.request("POST", scene.path(2, "/deliveries"), json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_evidence")
    assert answer.json()["errors"][0]["pointer"] == "/files/1"


async def test_the_list_shows_every_milestone_with_its_currency(scene: Scene) -> None:
    answer = await scene.buyer.get(f"/v1/contracts/{scene.deal.contract.id}/milestones")
    assert [m["position"] for m in answer.json()] == [1, 2, 3]
    assert {m["currency"] for m in answer.json()} == {"CNY"}
