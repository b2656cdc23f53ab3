"""Drafting, inviting, publishing and changing a request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.errors import MarketError, NotFound, Stale
from market.base.moves import WrongMove
from market.trade.enterprise_requests import model, operations, queries, rules
from market.trade.enterprise_requests.model import FullRequest, RequestState
from market.trade.enterprise_requests.terms import Secrecy, TermsChange, diff
from tests.trade.enterprise_requests.conftest import Cast
from tests.world import catalogue, identity, requests


def change(**fields: Any) -> TermsChange:
    return msgspec.convert(msgspec.to_builtins(fields), TermsChange)


async def seen(conn: Connection, actor: Actor, request: FullRequest) -> FullRequest:
    async with db.act(conn, actor):
        found = await queries.find_request(conn, actor, request.id)
        return await queries.in_full(conn, actor, found)


async def test_a_draft_is_the_enterprises_own(conn: Connection, cast: Cast) -> None:
    draft = await requests.drafted(conn, cast.buyer)
    assert (draft.state, draft.number) == (RequestState.DRAFT, None)
    for stranger in (cast.bidder, cast.other_buyer):
        for actor in (stranger, identity.as_if_all_were_visible(stranger)):
            with pytest.raises(NotFound):
                await seen(conn, actor, draft)


async def test_a_published_request_is_read_by_all_but_the_buyers_reference(
    conn: Connection, cast: Cast
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    assert (opened.state, opened.number, opened.buyer_reference) == ("open", 1, "内部编号-7788")
    read = await seen(conn, cast.bidder, opened)
    assert (read.buyer_id, read.buyer_name_zh) == (cast.enterprise.id, cast.enterprise.name_zh)
    for actor in (cast.bidder, identity.as_if_all_were_visible(cast.bidder)):
        assert (await seen(conn, actor, opened)).buyer_reference is None


async def test_an_invited_request_is_read_by_those_who_are_invited(
    conn: Connection, cast: Cast
) -> None:
    opened = await requests.opened(conn, cast.buyer, invited=[cast.unit.id], secrecy="invited")
    assert (await seen(conn, cast.bidder, opened)).invited_unit_ids == [cast.unit.id]
    for actor in (cast.rival, identity.as_if_all_were_visible(cast.rival), cast.other_buyer):
        with pytest.raises(NotFound):
            await seen(conn, actor, opened)


async def test_rivals_do_not_learn_who_else_is_invited(conn: Connection, cast: Cast) -> None:
    assert cast.rival.organisation_id is not None
    both = [cast.unit.id, cast.rival.organisation_id]
    opened = await requests.opened(conn, cast.buyer, invited=both, secrecy="invited")
    assert opened.invited_unit_ids == sorted(both)
    for actor in (cast.rival, identity.as_if_all_were_visible(cast.rival)):
        read = await seen(conn, actor, opened)
        assert read.invited_unit_ids == [cast.rival.organisation_id]


async def test_an_anonymous_request_names_nobody(conn: Connection, cast: Cast) -> None:
    file_id = await catalogue.stored_file(conn, cast.buyer)
    opened = await requests.opened(conn, cast.buyer, secrecy="anonymous", file_ids=[file_id])
    for actor in (cast.bidder, identity.as_if_all_were_visible(cast.bidder)):
        read = await seen(conn, actor, opened)
        told = msgspec.json.encode(read).decode()
        for secret in (cast.enterprise.name_zh, str(cast.enterprise.id), "7788", "同意书"):
            assert secret not in told
        assert str(cast.buyer.person_id) not in told
        assert [each.name for each in read.attachments] == ["附件1.pdf"]


@pytest.mark.parametrize(
    "written",
    [
        "锦川轧钢有限公司",
        "锦 川 轧 钢 有限公司",
        "锦·川·轧·钢·有限公司",
        "锦川轧钢有限责任公司",
        "锦川轧钢",
        "Jin-Chuan Rolling",
    ],
)
def test_a_name_is_known_however_it_is_written(written: str) -> None:
    names = ["锦川轧钢有限公司", "Jinchuan Rolling Co., Ltd.", "91510100MA00000000"]
    with pytest.raises(model.IdentityShown):
        rules.check_hidden(Secrecy.ANONYMOUS, names, title=f"为{written}解决轧辊剥落")
    rules.check_hidden(Secrecy.ANONYMOUS, names, title="锦江边的轧钢车间，有限空间作业")


async def test_an_anonymous_request_may_not_name_its_enterprise_in_words(
    conn: Connection, cast: Cast
) -> None:
    named = f"为 {' '.join(cast.enterprise.name_zh)} 解决"
    draft = await requests.drafted(conn, cast.buyer, secrecy="anonymous", problem=named)
    with pytest.raises(model.IdentityShown) as refusal:
        await operations.publish_request(conn, cast.buyer, draft.id)
    assert refusal.value.pointer == "/problem"
    fine = await requests.opened(conn, cast.buyer, secrecy="anonymous")
    with pytest.raises(model.IdentityShown) as refusal:
        await operations.cancel_request(conn, cast.buyer, fine.id, named)
    assert refusal.value.pointer == "/reason"


async def test_publishing_again_is_answered_the_same_and_a_colleague_is_late(
    conn: Connection, cast: Cast
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    again = await operations.publish_request(conn, cast.buyer, opened.id)
    assert again == opened
    manager = await identity.manager_of(conn, cast.enterprise)
    with pytest.raises(WrongMove):
        await operations.publish_request(conn, manager, opened.id)


async def test_only_the_enterprises_own_buyer_acts(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    for actor in (cast.bidder, cast.other_buyer):
        with pytest.raises(model.NotABuyersRole):
            await operations.cancel_request(conn, actor, opened.id, "不是我的")


REFUSED: dict[str, tuple[dict[str, Any], type[MarketError]]] = {
    "weights": ({"price_weight": 41}, model.WeightsUneven),
    "budget": ({"budget_from_minor": 60_000_01}, model.BudgetReversed),
    "questions": ({"questions_until": "2098-01-01T00:00:00Z"}, model.QuestionsPastDeadline),
    "year": ({"deadline": "0001-01-01T00:00:00+14:00"}, model.InstantOutOfRange),
    "files": ({"file_ids": ["0198f1c2-0000-7000-8000-00000000abcd"]}, model.FileUnknown),
}


@pytest.mark.parametrize(("fields", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_terms_that_make_no_sense_are_refused(
    conn: Connection, cast: Cast, fields: dict[str, Any], refusal: type[MarketError]
) -> None:
    with pytest.raises(refusal):
        await requests.drafted(conn, cast.buyer, **fields)


async def test_nobody_publishes_to_nobody_or_to_the_past(conn: Connection, cast: Cast) -> None:
    draft = await requests.drafted(conn, cast.buyer, secrecy="invited")
    with pytest.raises(model.NobodyInvited):
        await operations.publish_request(conn, cast.buyer, draft.id)
    past = {"deadline": "2020-01-02T00:00:00Z", "questions_until": "2020-01-01T00:00:00Z"}
    late = await requests.drafted(conn, cast.buyer, **past)
    with pytest.raises(model.DeadlineTooSoon):
        await operations.publish_request(conn, cast.buyer, late.id)


async def test_a_change_is_a_new_version_with_a_reason(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    with pytest.raises(model.ChangeNeedsReason):
        await operations.change_request(conn, cast.buyer, opened.id, change(quantity=2))
    with pytest.raises(Stale):
        await operations.change_request(
            conn, cast.buyer, opened.id, change(quantity=2, reason="多一台"), expected_version=1
        )
    later = await operations.change_request(
        conn, cast.buyer, opened.id, change(quantity=2, reason="多一台")
    )
    assert (later.number, later.quantity) == (2, 2)
    async with db.act(conn, cast.bidder):
        new, old = await queries.versions_of(conn, cast.bidder, opened.id, before=None, limit=9)
    assert (new.cause, new.reason, old.cause) == ("changed", "多一台", "published")
    assert [each.field for each in diff(old, new)] == ["quantity"]


async def test_the_deadline_is_extended_never_shortened(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    sooner, later = (opened.deadline + timedelta(hours=hours) for hours in (-1, 1))
    with pytest.raises(model.DeadlineShortened):
        await operations.change_request(
            conn, cast.buyer, opened.id, change(deadline=sooner, reason="早点")
        )
    extended = await operations.change_request(
        conn, cast.buyer, opened.id, change(deadline=later, reason="应要求延期")
    )
    assert extended.deadline == later


@pytest.mark.parametrize("field", ["kind", "secrecy", "sealed", "currency"])
async def test_what_bidders_rely_on_stays(conn: Connection, cast: Cast, field: str) -> None:
    opened = await requests.opened(conn, cast.buyer)
    other = {"kind": "training", "secrecy": "anonymous", "sealed": False, "currency": "USD"}
    with pytest.raises(model.FixedOncePublished):
        await operations.change_request(
            conn, cast.buyer, opened.id, change(reason="换一种", **{field: other[field]})
        )


async def test_once_published_units_are_only_added(conn: Connection, cast: Cast) -> None:
    assert cast.rival.organisation_id is not None
    opened = await requests.opened(conn, cast.buyer, invited=[cast.unit.id], secrecy="invited")
    with pytest.raises(model.InviteeStays):
        await operations.invite_units(conn, cast.buyer, opened.id, [cast.rival.organisation_id])
    with pytest.raises(model.UnitUnknown):
        await operations.invite_units(
            conn, cast.buyer, opened.id, [cast.unit.id, cast.enterprise.id]
        )
    both = [cast.unit.id, cast.rival.organisation_id]
    await operations.invite_units(conn, cast.buyer, opened.id, both)
    assert (await seen(conn, cast.rival, opened)).id == opened.id


async def test_rows_fit_their_structs(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    async with db.act(conn, SYSTEM):
        for found in (
            await queries.find_request(conn, SYSTEM, opened.id),
            await queries.find_version(conn, SYSTEM, opened.id, 1),
        ):
            assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
