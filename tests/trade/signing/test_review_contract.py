"""Three people review, and none of them wrote the draft."""

from __future__ import annotations

import asyncpg
import msgspec
import pytest

from market.base import clock, db
from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.contracts import operations as drafting
from market.trade.contracts.model import Stage
from market.trade.contracts.terms import TermsEdit
from market.trade.signing import model, operations
from market.trade.signing.model import ReviewInput
from tests.world import contracts, identity
from tests.world.contracts import PASS, Cast, Deal

RETURN = ReviewInput(verdict="return", reasons="付款条件须与里程碑一致")


async def test_three_people_pass_a_draft_on(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    deal = await contracts.reviewed(conn, deal, "technical")
    assert deal.contract.state == "finance_review"
    deal = await contracts.reviewed(conn, deal, "finance")
    assert deal.contract.state == "leader_review"
    assert deal.contract.number is None
    deal = await contracts.reviewed(conn, deal, "leader")
    assert deal.contract.state == "awaiting_signatures"
    assert len({review.reviewer_id for review in deal.contract.reviews}) == 3


async def test_the_leaders_pass_gives_the_number_of_unit_year_and_kind(
    conn: Connection, people: Cast
) -> None:
    year = (await clock.today(conn)).year
    prefix = people.unit.number_prefix
    service = await contracts.approved(conn, people)
    another = await contracts.approved(conn, people)
    course = await contracts.approved(
        conn, people, kind="training", price_model="per_person", order={"attendees": ["学员甲"]}
    )
    assert service.contract.number == f"{prefix}-{year}-FW-0001"
    assert another.contract.number == f"{prefix}-{year}-FW-0002"
    assert course.contract.number == f"{prefix}-{year}-PX-0001"


async def test_the_number_is_the_legal_persons_for_a_unit_without_books(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above, legal_person=False)
    deal = await contracts.approved(conn, await contracts.cast(conn, unit=unit))
    assert deal.contract.number is not None
    assert deal.contract.number.startswith(f"{above.number_prefix}-")


@pytest.mark.parametrize("stage", contracts.STAGES)
async def test_every_stage_may_return_the_draft_with_reasons(
    conn: Connection, people: Cast, stage: Stage
) -> None:
    deal = await contracts.submitted(conn, people)
    before = contracts.STAGES[: contracts.STAGES.index(stage)]
    deal = await contracts.reviewed(conn, deal, *before)
    returned = await operations.review_contract(
        conn, deal.cast.reviewer(stage), deal.contract.id, stage, RETURN
    )
    assert returned.state == "drafting"
    assert returned.reviews[-1].reasons == RETURN.reasons


async def test_a_return_needs_its_reasons(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(model.ReasonsMissing):
        await operations.review_contract(
            conn, deal.cast.technical, deal.contract.id, "technical", ReviewInput(verdict="return")
        )


async def test_the_same_person_does_not_review_twice(conn: Connection, people: Cast) -> None:
    both = await identity.person(conn, people.unit, Role.TECH_REVIEWER, Role.FINANCE, Role.LEADER)
    deal = await contracts.submitted(conn, msgspec.structs.replace(people, technical=both))
    deal = await contracts.reviewed(conn, deal, "technical")
    with pytest.raises(model.SameReviewer):
        await operations.review_contract(conn, both, deal.contract.id, "finance", PASS)
    deal = await contracts.reviewed(conn, deal, "finance")
    with pytest.raises(model.SameReviewer):
        await operations.review_contract(conn, both, deal.contract.id, "leader", PASS)


async def test_the_database_refuses_a_second_verdict_of_one_person(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.reviewed(conn, await contracts.submitted(conn, people), "technical")
    async with db.act(conn, deal.cast.technical):
        with pytest.raises(asyncpg.UniqueViolationError, match="one_verdict_a_person"):
            await second_verdict(conn, deal)


async def second_verdict(conn: Connection, deal: Deal) -> None:
    async with db.savepoint(conn):
        await conn.execute(
            """INSERT INTO contract_review (contract_id, round, stage, reviewer_id, verdict)
               VALUES ($1, 1, 'finance', $2, 'pass')""",
            deal.contract.id,
            deal.cast.technical.person_id,
        )


async def test_a_drafter_does_not_review(conn: Connection, people: Cast) -> None:
    both = await identity.person(conn, people.unit, Role.MEMBER, Role.TECH_REVIEWER)
    deal = await contracts.drafted(conn, people)
    edited = await drafting.edit_terms(
        conn, both, deal.contract.id, TermsEdit(place="乙方车间"), deal.contract.version
    )
    await operations.submit_contract(conn, people.clerk, edited.id)
    with pytest.raises(model.SameReviewer):
        await operations.review_contract(conn, both, edited.id, "technical", PASS)


async def test_who_submits_does_not_review(conn: Connection, people: Cast) -> None:
    both = await identity.person(conn, people.unit, Role.CLERK, Role.TECH_REVIEWER)
    deal = await contracts.drafted(conn, people)
    await operations.submit_contract(conn, both, deal.contract.id)
    with pytest.raises(model.SameReviewer):
        await operations.review_contract(conn, both, deal.contract.id, "technical", PASS)


@pytest.mark.parametrize("stage", contracts.STAGES)
async def test_who_becomes_the_buyers_buyer_gives_no_review_for_the_unit(
    conn: Connection, people: Cast, stage: Stage
) -> None:
    reviewer = people.reviewer(stage)
    before = contracts.STAGES[: contracts.STAGES.index(stage)]
    deal = await contracts.reviewed(conn, await contracts.submitted(conn, people), *before)
    await identity.also(conn, reviewer, people.enterprise, Role.BUYER)
    for verdict in (PASS, RETURN):
        with pytest.raises(BothSides):
            await operations.review_contract(conn, reviewer, deal.contract.id, stage, verdict)


async def test_a_leader_above_who_holds_a_role_at_the_buyer_gives_no_review(
    conn: Connection, people: Cast
) -> None:
    above = await identity.person(conn, await identity.root(conn), Role.LEADER)
    await identity.also(conn, above, people.enterprise, Role.BUYER)
    deal = await contracts.submitted(conn, people)
    deal = await contracts.reviewed(conn, deal, "technical", "finance")
    with pytest.raises(BothSides):
        await operations.review_contract(conn, above, deal.contract.id, "leader", PASS)


async def test_who_has_left_the_buyer_reviews(conn: Connection, people: Cast) -> None:
    buyer = await identity.also(conn, people.technical, people.enterprise, Role.BUYER)
    deal = await contracts.submitted(conn, people)
    await identity.left(conn, buyer)
    deal = await contracts.reviewed(conn, deal, "technical")
    assert deal.contract.state == "finance_review"


async def test_a_stage_belongs_to_its_role(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    for other in (deal.cast.finance, deal.cast.leader, deal.cast.clerk, deal.cast.buyer):
        with pytest.raises(model.NotTheReviewer):
            await operations.review_contract(conn, other, deal.contract.id, "technical", PASS)


async def test_a_stage_waits_for_the_one_before(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(WrongMove):
        await operations.review_contract(conn, deal.cast.leader, deal.contract.id, "leader", PASS)


async def test_the_parent_units_people_may_review(conn: Connection) -> None:
    above = await identity.unit(conn)
    people = await contracts.cast(conn, unit=await identity.unit(conn, parent=above))
    finance = await identity.person(conn, above, Role.FINANCE)
    deal = await contracts.submitted(conn, msgspec.structs.replace(people, finance=finance))
    deal = await contracts.reviewed(conn, deal, "technical", "finance")
    assert deal.contract.reviews[-1].reviewer_id == finance.person_id


async def test_the_unit_above_the_parent_sees_but_does_not_review(conn: Connection) -> None:
    deal = await contracts.submitted(conn)
    above = await identity.unit(conn)
    people = await contracts.cast(
        conn, unit=await identity.unit(conn, parent=await identity.unit(conn, parent=above))
    )
    deal = await contracts.submitted(conn, people)
    far = await identity.person(conn, above, Role.TECH_REVIEWER)
    with pytest.raises(model.NotTheReviewer):
        await operations.review_contract(conn, far, deal.contract.id, "technical", PASS)


async def test_a_neighbours_reviewer_finds_nothing(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    neighbour = await identity.person(conn, await identity.unit(conn), Role.TECH_REVIEWER)
    with pytest.raises(NotFound):
        await operations.review_contract(conn, neighbour, deal.contract.id, "technical", PASS)


async def test_a_verdict_again_changes_nothing(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    again = await operations.review_contract(
        conn, deal.cast.leader, deal.contract.id, "leader", PASS
    )
    assert again == deal.contract
    rival = await identity.person(conn, deal.cast.unit, Role.LEADER)
    with pytest.raises(WrongMove):
        await operations.review_contract(conn, rival, deal.contract.id, "leader", PASS)


async def test_a_verdict_honours_the_version_that_was_read(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(Stale):
        await operations.review_contract(
            conn, deal.cast.technical, deal.contract.id, "technical", PASS, expected_version=1
        )
