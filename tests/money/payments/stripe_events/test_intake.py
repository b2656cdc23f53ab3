"""Deliveries that come at once are kept by one commit; each is answered for itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.money.payments import rails
from market.money.payments.stripe_events.model import Delivery, Received, SignatureWrong
from market.money.payments.stripe_events.operations import Intake, keep, verified
from tests.money.payments.conftest import busy_till as till
from tests.money.payments.stripe_events.test_events import event, signed
from tests.world import site, stripe
from tests.world.stripe import Till

__all__ = ["till"]

AT_ONCE = 60


async def kept(till: Till) -> dict[str, str]:
    """The transaction that kept each event."""
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        records = await conn.fetch(
            "SELECT event_id, xmin::text FROM stripe_event WHERE books_unit_id = $1", till.books
        )
    return {event_id: xmin for event_id, xmin in records}  # noqa: C416  # records are no pairs


async def asked(intake: Intake, till: Till, number: int, unit: str | None = None) -> Received:
    payload = event("charge.updated", f"ch_{number}")
    signature = signed(payload, till.account.webhook_secrets[0])
    return await intake.receive(unit or till.account.unit, payload, signature)


async def test_what_comes_at_once_is_kept_by_few_commits_and_each_is_answered(till: Till) -> None:
    intake = Intake(till.pool, till.rails)
    numbers = [*range(AT_ONCE), 7, 7]
    answers = await asyncio.gather(*(asked(intake, till, number) for number in numbers))
    assert answers == [Received(True)] * AT_ONCE + [Received(False)] * 2
    commits = await kept(till)
    assert len(commits) == AT_ONCE
    assert len(set(commits.values())) == 1


async def test_one_that_is_refused_spoils_no_other(till: Till) -> None:
    intake = Intake(till.pool, till.rails)
    await asked(intake, till, 0)
    secret = till.account.webhook_secrets[0]
    too_long = event("charge.updated", "ch_2") + b" " * 1_000_000
    answers = await asyncio.gather(
        asked(intake, till, 0),
        asked(intake, till, 1),
        intake.receive(till.account.unit, too_long, signed(too_long, secret)),
        intake.receive(till.account.unit, event("charge.updated", "ch_3"), "t=1,v1=00"),
        asked(intake, till, 4, "NOBODY"),
        asked(intake, till, 5),
        return_exceptions=True,
    )
    assert [answers[place] for place in (0, 1, 5)] == [
        Received(False),
        Received(True),
        Received(True),
    ]
    refused = [type(answers[place]) for place in (2, 3, 4)]
    assert refused == [asyncpg.CheckViolationError, SignatureWrong, SignatureWrong]
    assert sorted(await kept(till)) == ["evt_1_ch_0", "evt_1_ch_1", "evt_1_ch_5"]


def delivery(till: Till, number: int) -> Delivery:
    payload = event("charge.updated", f"ch_{number}")
    head = verified(("whsec_1",), payload, signed(payload, "whsec_1"))
    return Delivery(till.account.unit, head, payload.decode())


async def test_groups_that_share_events_in_another_order_do_not_deadlock(till: Till) -> None:
    pool, one, two = till.pool, delivery(till, 1), delivery(till, 2)
    async with db.lease(pool) as there, db.lease(pool) as here, db.lease(pool) as beside:
        async with db.act(there, SYSTEM):
            assert await keep(there, [one]) == [Received(True)]
            waiting = asyncio.create_task(keep(here, [two, one]))
            while not await beside.fetchval(
                "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1",
                here.get_server_pid(),
            ):
                assert not waiting.done()
            assert await keep(there, [two]) == [Received(True)]
        assert await waiting == [Received(False), Received(False)]


async def test_two_processes_keep_the_same_events_once(till: Till) -> None:
    there, here = Intake(till.pool, till.rails), Intake(till.pool, till.rails)
    numbers = range(AT_ONCE)
    for _ in range(3):
        answers = await asyncio.gather(
            *(asked(there, till, number) for number in numbers),
            *(asked(here, till, number) for number in reversed(numbers)),
        )
        numbers = range(numbers.stop, numbers.stop + AT_ONCE)
        assert sum(answer.new for answer in answers) == AT_ONCE
    assert len(await kept(till)) == 3 * AT_ONCE


async def test_a_unit_that_is_not_founded_yet_is_told_no_more_than_a_stranger(till: Till) -> None:
    account = msgspec.structs.replace(till.account, unit="NEWONE")
    async with rails.opened([account], "http://127.0.0.1:1") as known:
        with pytest.raises(SignatureWrong):
            await asked(Intake(till.pool, known), till, 1, "NEWONE")
    assert await kept(till) == {}


async def test_a_burst_over_http_loses_nothing(
    fresh_database: object, simulator: str, tmp_path: Path
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        accounts = tmp_path / "stripe.json"
        accounts.write_bytes(msgspec.json.encode([till.account]))
        accounts.chmod(0o600)
        given = {"MARKET_STRIPE_ACCOUNTS": str(accounts)}
        async with site.opened(addresses, tmp_path, **given) as market:
            wearing = await market.dressed(till.deal.buyer)

            async def deliver(number: int) -> tuple[int, bytes]:
                told = event("charge.updated", f"ch_{number}")
                secret = "whsec_anothers" if number % 10 == 3 else till.account.webhook_secrets[0]
                answer = await wearing.post(
                    f"/stripe/{till.account.unit}/events",
                    content=told,
                    headers={"Stripe-Signature": signed(told, secret, at=time.time())},
                )
                return answer.status_code, answer.content

            answers = await asyncio.gather(*(deliver(number) for number in range(200)))
            await wearing.aclose()
        expected = [number for number in range(200) if number % 10 != 3]
        assert [place for place, (status, _) in enumerate(answers) if status == 200] == expected
        assert {answer for answer in answers if answer[0] == 200} == {(200, b'{"new":true}')}
        assert {status for status, _ in answers} == {200, 400}
        commits = await kept(till)
        assert sorted(commits) == sorted(f"evt_1_ch_{number}" for number in expected)
        assert len(set(commits.values())) < len(commits) / 2
    await db.close_pool(pool)
