"""The contract of an award has its figures, is drafted once, and keeps them."""

from __future__ import annotations

import msgspec
import pytest

from market.base.db import Connection
from market.trade.contracts import awarded, operations
from market.trade.contracts.awarded import ContractInput
from market.trade.contracts.model import AwardedFiguresStand
from market.trade.contracts.terms import TermsEdit, terms_of
from market.trade.signing import operations as signing
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, catalogue, proposals

NOTHING = ContractInput()


async def test_it_has_the_figures_that_were_awarded_and_keeps_them(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(48_000_00,), quantity=4, quantity_unit="item")
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    clerk = contest.bidders[0].clerk
    contract = await awarded.draft_from_award(conn, contest.buyer, award.id, NOTHING)
    assert (contract.award_id, contract.total_minor) == (award.id, 48_000_00)
    assert [(line.quantity, line.unit_price_minor) for line in contract.lines] == [(4, 12_000_00)]
    assert [each.price_minor for each in contract.milestones] == [14_400_00, 33_600_00]
    assert [each.amount_minor for each in contract.instalments] == [14_400_00, 33_600_00]
    with pytest.raises(awarded.ContractThere):
        await awarded.draft_from_award(conn, contest.buyer, award.id, NOTHING)
    whole = {"amount_minor": 48_000_00, "trigger": "signing"}
    won = msgspec.to_builtins(terms_of(contract).milestones)
    for other in ({"instalments": [whole]}, {"milestones": [won[0], won[1] | {"due_days": 3_650}]}):
        change = msgspec.convert(other, TermsEdit)
        with pytest.raises(AwardedFiguresStand):
            await operations.edit_terms(conn, clerk, contract.id, change, contract.version)
    full = {
        "acceptance_standard": "轧制一周无剥落。",
        "rights_clause": "检测数据归甲方所有。",
        "secrecy_clause": "双方保密，期限三年。",
        "place": "甲方现场",
    }
    edited = await operations.edit_terms(
        conn, clerk, contract.id, msgspec.convert(full, TermsEdit), contract.version
    )
    submitted = await signing.submit_contract(conn, clerk, edited.id)
    assert submitted.state == "tech_review"


async def test_the_term_is_that_of_the_milestone_due_last_and_an_uneven_price_is_one_lot(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(), quantity=7, quantity_unit="item")
    bidder = await proposals.bidder(conn)
    planned = [
        proposals.milestone("查明原因", 14_000_00, 40) | {"due_unit": "calendar_days"},
        proposals.milestone("修复并试运行", 34_000_01, 35),
    ]
    proposal = await proposals.submitted(
        conn, bidder, contest.request, price_minor=48_000_01, milestones=planned
    )
    contest = contest._replace(bidders=[bidder], proposals=[proposal])
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    contract = await awarded.draft_from_award(conn, contest.buyer, award.id, NOTHING)
    assert [(each.due_on, each.due_days, each.due_unit) for each in contract.milestones] == [
        (None, 40, "calendar_days"),
        (None, 35, "working_days"),
    ]
    assert (contract.term_days, contract.term_unit) == (35, "working_days")
    assert [(line.unit, line.quantity, line.unit_price_minor) for line in contract.lines] == [
        ("lot", 1, 48_000_01)
    ]


async def test_not_before_the_award_is_final(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    with pytest.raises(awarded.NotFinalYet):
        await awarded.draft_from_award(conn, contest.buyer, award.id, NOTHING)


async def test_a_transfer_names_the_right_by_the_winners_offering(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(180_000_00,), kind="transfer")
    offering = await catalogue.published_offering(
        conn, contest.bidders[0].unit, kind="transfer", price_minor=180_000_00
    )
    others = await catalogue.published_offering(
        conn, contest.bidders[0].unit, price_minor=180_000_00
    )
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    for given in (NOTHING, ContractInput(offering_id=others.id)):
        with pytest.raises(awarded.TransferNeedsOffering):
            await awarded.draft_from_award(conn, contest.buyer, award.id, given)
    contract = await awarded.draft_from_award(
        conn, contest.buyer, award.id, ContractInput(offering_id=offering.id)
    )
    assert (contract.offering_id, contract.statutory_class) == (offering.id, "transfer")
