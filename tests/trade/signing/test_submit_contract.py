"""A complete draft is handed to its reviewers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import Conflict, NotFound, Stale
from market.base.moves import WrongMove
from market.trade.contracts import model as contracts_model
from market.trade.contracts import operations as drafting
from market.trade.contracts.planned import MilestoneBeyondTerm, MilestonePast
from market.trade.contracts.terms import TermsEdit, terms_of
from market.trade.signing import model, operations
from tests.world import contracts, identity
from tests.world.contracts import Cast


async def test_a_complete_draft_begins_a_round(conn: Connection, people: Cast) -> None:
    contract = (await contracts.submitted(conn, people)).contract
    assert (contract.state, contract.review_round) == ("tech_review", 1)
    assert contract.number is None


async def test_an_empty_draft_is_told_what_it_lacks(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(model.NotComplete) as refusal:
        await operations.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    for lacking in ("acceptance standard", "rights clause", "milestones", "instalments"):
        assert lacking in refusal.value.detail("en")
    for lacking in ("验收标准", "权利条款", "里程碑", "分期款"):
        assert lacking in refusal.value.detail("zh-CN")


async def test_a_quote_without_its_total_is_not_complete(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_model="quote", price_minor=None)
    with pytest.raises(model.NotComplete) as refusal:
        await operations.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    assert "total" in refusal.value.detail("en")


async def test_a_free_contract_needs_no_instalment(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people, price_minor=0, free_or_paid="free")
    assert deal.contract.state == "tech_review"


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ({"due_on": "2020-01-01"}, MilestonePast),
        ({"due_on": "2090-01-01"}, MilestoneBeyondTerm),
        ({"due_days": 61, "due_unit": "calendar_days"}, MilestoneBeyondTerm),
        ({"due_days": 50, "due_unit": "working_days"}, MilestoneBeyondTerm),
        ({"due_days": 60, "due_unit": "calendar_days"}, None),
    ],
)
async def test_no_milestone_is_past_or_due_after_the_term(
    conn: Connection, people: Cast, field: dict[str, Any], refused: type[Conflict] | None
) -> None:
    deal = await contracts.drafted(conn, people)
    first, *others = msgspec.to_builtins(terms_of(deal.contract).milestones)
    due = dict.fromkeys(("due_on", "due_days", "due_unit"))
    soon = {"due_days": 1, "due_unit": "calendar_days"}
    planned = [first | due | soon, *[each | due | soon for each in others]]
    planned[1] |= due | field
    edit = msgspec.convert({"term_days": 60, "milestones": planned}, TermsEdit)
    draft = await drafting.edit_terms(
        conn, deal.cast.clerk, deal.contract.id, edit, deal.contract.version
    )
    if refused is None:
        await operations.submit_contract(conn, deal.cast.clerk, draft.id)
        return
    with pytest.raises(refused) as refusal:
        await operations.submit_contract(conn, deal.cast.clerk, draft.id)
    assert "ilestone 2" in refusal.value.detail("en")
    assert planned[1]["title"] in refusal.value.detail("zh-CN")
    assert refusal.value.pointer == "/milestones/1"


async def test_submitting_again_changes_nothing_and_a_rival_is_refused(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.submitted(conn, people)
    again = await operations.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    assert again == deal.contract
    rival = await identity.person(conn, deal.cast.unit, Role.CLERK)
    with pytest.raises(WrongMove):
        await operations.submit_contract(conn, rival, deal.contract.id)


async def test_only_the_unit_submits(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people)
    with pytest.raises(contracts_model.NotADrafter):
        await operations.submit_contract(conn, deal.cast.buyer, deal.contract.id)
    stranger = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    with pytest.raises(NotFound):
        await operations.submit_contract(conn, stranger, deal.contract.id)


async def test_a_submission_honours_the_version_that_was_read(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.drafted(conn, people)
    with pytest.raises(Stale):
        await operations.submit_contract(
            conn, deal.cast.clerk, deal.contract.id, expected_version=1
        )


@pytest.mark.parametrize("field", [{"place": "乙方车间"}, {"term_unit": "working_days"}])
async def test_a_returned_draft_is_mended_and_begins_another_round(
    conn: Connection, people: Cast, field: dict[str, Any]
) -> None:
    deal = await contracts.submitted(conn, people)
    returned = await operations.review_contract(
        conn,
        deal.cast.technical,
        deal.contract.id,
        "technical",
        model.ReviewInput(verdict="return", reasons="履行地点有误"),
    )
    mended = await drafting.edit_terms(
        conn, deal.cast.clerk, returned.id, msgspec.convert(field, TermsEdit), returned.version
    )
    resubmitted = await operations.submit_contract(conn, deal.cast.clerk, mended.id)
    assert resubmitted.review_round == 2
    again = await contracts.reviewed(
        conn, msgspec.structs.replace(deal, contract=resubmitted), *contracts.STAGES
    )
    assert again.contract.state == "awaiting_signatures"
    assert [review.round for review in again.contract.reviews] == [1, 2, 2, 2]
