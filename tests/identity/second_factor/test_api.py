"""The second factor over HTTP: half a sign-in does nothing, and refusals say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import asyncpg
import httpx
import pyotp
import pytest

from market.base import clock, db
from market.base.access import Actor, Role, SecondFactorDue
from market.base.db import Connection
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.world import identity as world

OWN: Final = "/v1/people/me/second-factor"
STEP: Final = "/v1/session/second-factor"


class Setting(NamedTuple):
    market: Market
    conn: Connection
    owner: asyncpg.Connection

    async def finance(self) -> Actor:
        unit = await world.unit(self.conn)
        return await world.person(self.conn, unit, Role.FINANCE, Role.MEMBER)

    async def present(self, actor: Actor) -> Caller:
        return await self.market.as_person(self.conn, actor)

    async def signed_in(self, actor: Actor) -> httpx.Response:
        """With the password alone; ``market.as_person`` insists on the organisation."""
        sent = {"email": await world.email_of(self.conn, actor), "password": world.PASSWORD}
        return await self.market.client.post("/v1/session", json=sent)

    async def pass_seconds(self, seconds: int) -> None:
        await self.owner.execute(
            "UPDATE clock_offset SET shift = shift + make_interval(secs => $1)", seconds
        )

    async def code(self, secret: str) -> dict[str, str]:
        """What the device shows now, a step after whatever it showed before."""
        await self.pass_seconds(30)
        return {"code": pyotp.TOTP(secret).at(await clock.now(self.conn))}


@pytest.fixture(scope="module")
async def setting(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setting]:
    async with serving(clone, tmp_path_factory.mktemp("second-factor")) as market:
        conn = await db.connect(market.addresses.app)
        owner = await asyncpg.connect(market.addresses.owner)
        yield Setting(market, conn, owner)
        await conn.close()
        await owner.close()


async def enabled(setting: Setting, caller: Caller) -> str:
    """Sets a device up and confirms it; answers with its secret."""
    answer = await caller.request("POST", OWN, json={"password": world.PASSWORD})
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    answer = await caller.request("PUT", OWN, json=await setting.code(secret))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["recovery_codes"]) == 10
    return secret


def halfway(answer: httpx.Response, market: Market) -> Caller:
    headers = {
        "cookie": f"market_session={answer.cookies['market_session']}",
        "x-csrf-token": answer.json()["csrf_token"],
    }
    return Caller(market.client, headers)


async def test_half_a_sign_in_does_nothing_but_show_the_code(setting: Setting) -> None:
    finance = await setting.finance()
    secret = await enabled(setting, await setting.present(finance))
    answer = await setting.signed_in(finance)
    assert answer.status_code == 201
    assert (answer.json()["second_factor"], answer.json()["roles"]) == ("due", [])
    caller = halfway(answer, setting.market)

    for method, path in (("GET", "/v1/people/me"), ("GET", OWN), ("GET", "/v1/sessions")):
        refused = await caller.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_due"), path
    assert "or a recovery code" in SecondFactorDue().detail("en")
    assert (await caller.get("/v1/session")).json()["roles_withheld"] == ["finance", "member"]
    wrong = await caller.request("PUT", STEP, json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (403, "/code")
    told = wrong.json()["detail"]
    assert told.startswith("动态口令或恢复码不正确")
    assert "本次登录还差第二因素验证。请用 PUT /v1/session/second-factor 重新提交" in told
    assert "登记" not in told

    done = await caller.request("PUT", STEP, json=await setting.code(secret))

    assert done.status_code == 200
    assert (done.json()["second_factor"], done.json()["roles"]) == ("shown", ["finance", "member"])
    assert (await caller.get("/v1/people/me")).status_code == 200


async def test_a_refusal_says_which_role_waits_and_how_to_get_it(setting: Setting) -> None:
    finance = await setting.finance()
    await setting.pass_seconds(15 * 86_400)
    caller = halfway(await setting.signed_in(finance), setting.market)
    unit = (await caller.get("/v1/session")).json()["organisation_id"]
    path = f"/v1/units/{unit}/suspense"

    told = [
        await caller.get(path, headers={"accept-language": language}) for language in ("zh", "en")
    ]

    assert [answer.status_code for answer in told] == [403, 403]
    assert "您的角色（财务）须经第二因素验证" in told[0].json()["detail"]
    assert "Your roles (finance) wait" in told[1].json()["detail"]
    await enabled(setting, caller)
    assert (await caller.get(path)).status_code == 200


async def test_the_key_of_the_installation_is_made_once_and_kept_from_others(
    setting: Setting,
) -> None:
    await enabled(setting, await setting.present(await setting.finance()))
    place = setting.market.app.state.settings.data / "second-factor.key"
    before = place.read_bytes()
    await enabled(setting, await setting.present(await setting.finance()))
    assert (place.read_bytes(), place.stat().st_mode & 0o077, len(before)) == (before, 0, 32)


async def test_only_the_right_password_tells_whether_there_is_a_second_factor(
    setting: Setting,
) -> None:
    """In words and in work: a wrong one is answered alike for everybody, and for nobody."""
    with_device, without = await setting.finance(), await setting.finance()
    await enabled(setting, await setting.present(with_device))
    emails = [await world.email_of(setting.conn, each) for each in (with_device, without)]

    answers = []
    for email in (*emails, "nobody@market.test"):
        sent = {"email": email, "password": "not the right one"}
        answer = (await setting.market.client.post("/v1/session", json=sent)).json()
        answer.pop("request_id")
        answers.append(answer)

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["code"] == "wrong_password"
