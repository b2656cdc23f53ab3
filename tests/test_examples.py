"""What the description promises holds: its examples are sent, and requests made up from it."""

from __future__ import annotations

from typing import Final, NamedTuple

import pytest

from market.base.examples import Example, example_of
from tests import fuzz
from tests.access.stage import Stage
from tests.examples import Names, difference, recorded, sent, write
from tests.routes import Route, every_route

API: Final = [route for route in every_route() if route.described]
# The prepared world refuses these: no letter with a link can be read in it, some of its acts wait
# for others, and some are for people who do not sit in it.
REFUSED: Final = {
    "accept_invitation": 409,
    "approve_opening_balance": 409,
    "approve_renaming": 403,
    "agree_to_be_shown": 403,
    "confirm_second_factor": 409,
    "end_scoring": 409,
    "end_without_award": 409,
    "prepare_opening_balance": 409,
    "prepare_opening_supplement": 409,
    "propose_renaming": 409,
    "read_invitation_link": 409,
    "refuse_renaming": 403,
    "register_enterprise_again": 409,
    "remove_second_factor": 409,
    "reopen_scoring": 409,
    "reset_password": 409,
    "revoke_session": 404,
    "withdraw_from_the_public": 403,
    "show_second_factor": 409,
    "withdraw_refund": 403,
    "withdraw_stripe_explanation": 403,
    "withdraw_stripe_explanation_undo": 403,
    "withdraw_role_grant": 403,
    "start_online_payment": 409,
}


class Setting(NamedTuple):
    """The prepared world, and what stands for its ids."""

    stage: Stage
    names: Names

    async def untrue(self, route: Route, kept: Example | None) -> str | None:
        """What is wrong with an example; None if it is answered as it says."""
        if kept is None:
            return "has no example: make examples"
        found = await sent(self.stage, self.names, route, kept)
        if found is None:
            return f"is not answered with {kept.status}: make examples"
        if found.status < 400 and (differs := difference(found.answer, kept.answer)):
            return f"is answered otherwise, {differs}: make examples"
        return None


@pytest.fixture(scope="module")
def setting(stage: Stage) -> Setting:
    return Setting(stage, Names(stage.world))


@pytest.mark.parametrize("route", [pytest.param(route, id=route.name) for route in API])
async def test_an_example_is_answered_as_it_says(route: Route, setting: Setting) -> None:
    assert await setting.untrue(route, example_of(route.handler)) is None


def test_a_field_that_came_to_the_rows_of_a_list_makes_its_example_untrue() -> None:
    kept = {"items": [{"id": 1, "terms": {"unit": "day"}}], "next": None}
    new = {"items": [{"id": 2, "terms": {"unit": "day", "days": 3}}], "next": "more"}
    assert difference(new, kept) == ".items[0].terms differs in days"
    assert difference({"items": [], "next": None}, kept) is None
    assert difference({"items": [{"id": 1, "terms": None}], "next": None}, kept) is None


def test_examples_are_of_what_is_done_but_for_a_few() -> None:
    statuses = {route.name: getattr(example_of(route.handler), "status", 0) for route in API}
    assert {name: status for name, status in statuses.items() if status >= 400} == REFUSED


async def test_examples_are_written_when_asked_for(
    setting: Setting, pytestconfig: pytest.Config
) -> None:
    """`make examples` writes anew those that are missing or no longer true."""
    if not pytestconfig.getoption("--write-examples"):
        return
    kept = {route.name: example_of(route.handler) for route in API}
    found = {
        route.name: await recorded(setting.stage, setting.names, route)
        if await setting.untrue(route, example) or example is None
        else example
        for route in API
        for example in [kept[route.name]]
    }
    write(found, API)


async def test_made_up_requests_are_answered_as_described(
    setting: Setting, pytestconfig: pytest.Config
) -> None:
    """A few here, as many as one likes with `make fuzz`; nothing of ours breaks."""
    wanted = pytestconfig.getoption("--made-up")
    found = [
        fault
        for each in fuzz.drawn(setting.stage, wanted or 1, at_random=bool(wanted))
        for fault in await fuzz.faults(setting.stage, each)
    ]
    assert not found, "\n\n".join(found)


async def test_made_up_stories_are_answered_as_described(
    setting: Setting, pytestconfig: pytest.Config
) -> None:
    """Requests that go on with what the one before told."""
    wanted = pytestconfig.getoption("--made-up")
    found = await fuzz.stories(setting.stage, 10 * (wanted or 1), at_random=bool(wanted))
    assert not found, "\n\n".join(found)
