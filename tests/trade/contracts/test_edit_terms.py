"""The unit drafts the terms of an order."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any, get_args

import msgspec
import pytest

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.trade.contracts import model, operations
from market.trade.contracts.model import CLASSES_OF, FullContract, StatutoryClass, SubClass
from market.trade.contracts.planned import MilestoneUnclear
from market.trade.contracts.terms import TermsEdit, check, terms_of
from tests.world import contracts, identity
from tests.world.contracts import Cast, Deal


async def edit(conn: Connection, deal: Deal, **fields: Any) -> FullContract:
    return await operations.edit_terms(
        conn,
        deal.cast.clerk,
        deal.contract.id,
        msgspec.convert(fields, TermsEdit),
        deal.contract.version,
    )


def milestone(price_minor: int) -> dict[str, Any]:
    return {
        "title": "全部工作",
        "deliverable": "报告",
        "acceptance_criteria": "符合标准",
        "price_minor": price_minor,
        "due_on": date(2027, 3, 31),
    }


async def test_fw_01_closes_to_the_fen(conn: Connection, people: Cast) -> None:
    contract = (await contracts.drafted(conn, people)).contract
    assert [part.vat_minor for part in contract.instalments] == [1_460_38, 2_433_96, 973_58]
    assert [part.vat_minor for part in contract.milestones] == [1_460_38, 2_433_96, 973_58]
    assert sum(part.net_minor for part in contract.instalments) == contract.net_minor
    assert sum(part.net_minor for part in contract.milestones) == contract.net_minor
    assert all(part.owner_minor == 0 for part in contract.milestones)


async def test_what_is_left_out_stays(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people)
    edited = await edit(conn, deal, place="乙方车间")
    assert edited.place == "乙方车间"
    assert edited.rights_clause == deal.contract.rights_clause
    assert [m.title for m in edited.milestones] == [m.title for m in deal.contract.milestones]
    assert edited.version == deal.contract.version + 1


async def test_instalments_follow_their_milestones_into_a_new_list(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.drafted(conn, people)
    edited = await edit(conn, deal, milestones=[milestone(86_000_00)] + [milestone(0)] * 2)
    of = {each.id: each.position for each in edited.milestones}
    waiting = [each.milestone_id for each in edited.instalments]
    assert [of[each] if each else None for each in waiting] == [None, 2, 3]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("lines", [{"description": "x", "unit": "lot", "quantity": 1, "unit_price_minor": 1}]),
        ("milestones", [milestone(85_999_99)]),
        ("instalments", [{"amount_minor": 86_000_01, "trigger": "signing"}]),
    ],
)
async def test_a_list_that_does_not_sum_to_the_total_is_refused_with_both_figures(
    conn: Connection, people: Cast, name: str, parts: list[dict[str, Any]]
) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(model.WrongSum) as refusal:
        await edit(conn, deal, **{name: parts})
    assert refusal.value.pointer == f"/{name}"
    assert "86,000.00" in refusal.value.detail("zh-CN")
    assert refusal.value.details["found"] in {"0.01", "85,999.99", "86,000.01"}


async def test_the_unit_sets_the_total_of_a_quote(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_model="quote", price_minor=None)
    line = {"description": "报价", "unit": "lot", "quantity": 1, "unit_price_minor": 52_000_00}
    edited = await edit(conn, deal, total_minor=52_000_00, lines=[line])
    assert (edited.total_minor, edited.technical_minor) == (52_000_00, 52_000_00)
    assert edited.net_minor + edited.vat_minor == 52_000_00


async def test_the_technical_amount_is_a_part_of_the_total(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    assert (await edit(conn, deal, technical_minor=80_000_00)).technical_minor == 80_000_00
    with pytest.raises(model.TechnicalAboveTotal):
        await edit(
            conn,
            msgspec.structs.replace(
                deal, contract=msgspec.structs.replace(deal.contract, version=2)
            ),
            technical_minor=86_000_01,
        )


async def test_a_technology_transfer_may_claim_its_exemption(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people, kind="transfer", price_minor=180_000_00)
    edited = await edit(conn, deal, exemption_rule="vat.exempt.technology_transfer")
    assert edited.exempt
    assert (edited.vat_ppm, edited.vat_minor, edited.net_minor) == (0, 0, 180_000_00)
    assert edited.vat_rule_id == "vat.exempt.technology_transfer"


@pytest.mark.parametrize("rule", ["vat.exempt.technology_transfer", "vat.exempt.nothing"])
async def test_a_service_claims_no_exemption(conn: Connection, people: Cast, rule: str) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(model.NotExempt):
        await edit(conn, deal, exemption_rule=rule)


async def test_a_claim_can_be_taken_back(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, kind="transfer", price_minor=180_000_00)
    claimed = await edit(conn, deal, exemption_rule="vat.exempt.technology_transfer")
    back = await edit(conn, msgspec.structs.replace(deal, contract=claimed), exemption_rule=None)
    assert (back.exempt, back.vat_ppm) == (False, 60_000)


async def test_an_agent_is_taxed_on_its_commission_alone(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people, capacity="agent", commission_ppm=100_000)
    contract = deal.contract
    assert contract.net_minor + contract.vat_minor == 8_600_00
    assert (contract.net_minor, contract.vat_minor) == (8_113_21, 486_79)
    assert contract.owner_minor == 77_400_00
    for parts in (contract.milestones, contract.instalments):
        assert sum(part.owner_minor for part in parts) == contract.owner_minor
        assert sum(part.net_minor for part in parts) == contract.net_minor
        assert sum(part.vat_minor for part in parts) == contract.vat_minor


async def test_a_kind_is_contracted_under_its_own_classes(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    assert (await edit(conn, deal, statutory_class="development")).statutory_class == "development"
    for wrong in (
        {"statutory_class": "transfer"},
        {"statutory_class": "service", "sub_class": "intermediary"},
    ):
        with pytest.raises(model.WrongClass):
            await edit(
                conn,
                msgspec.structs.replace(
                    deal, contract=msgspec.structs.replace(deal.contract, version=2)
                ),
                **wrong,
            )


@pytest.mark.parametrize("kind", CLASSES_OF)
async def test_whatever_another_class_is_called_the_refusal_tells_it_in_words(
    conn: Connection, people: Cast, kind: str
) -> None:
    contract = (await contracts.ordered(conn, people, kind=kind)).contract
    terms = terms_of(contract)
    told = set()
    for statutory_class, sub_class in product(
        get_args(StatutoryClass), (None, *get_args(SubClass))
    ):
        if (statutory_class, sub_class) not in CLASSES_OF[kind]:
            changed = {"statutory_class": statutory_class, "sub_class": sub_class}
            with pytest.raises(model.WrongClass) as refusal:
                check(contract, msgspec.structs.replace(terms, **changed))
            told.add((refusal.value.detail("zh-CN"), refusal.value.detail("en")))
    assert len(told) == 15 - len(CLASSES_OF[kind])
    assert not [text for pair in told for text in pair if "_" in text]


async def test_an_agent_may_contract_as_an_intermediary(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, capacity="agent", commission_ppm=100_000)
    edited = await edit(conn, deal, statutory_class="service", sub_class="intermediary")
    assert edited.sub_class == "intermediary"


async def test_every_place_in_a_course_is_somebodys(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(
        conn, people, kind="training", price_model="per_person", order={"attendees": ["甲", "乙"]}
    )
    with pytest.raises(model.AttendeesDoNotMatch):
        await edit(conn, deal, attendees=["甲"])
    assert (await edit(conn, deal, attendees=["甲", "丙"])).attendees == ["甲", "丙"]


@pytest.mark.parametrize(
    "unclear",
    [
        {"trigger": "date"},
        {"trigger": "date", "due_on": "2027-01-31", "milestone": 1},
        {"trigger": "milestone"},
        {"trigger": "milestone", "milestone": 2},
        {"trigger": "milestone", "milestone": 1, "due_on": "2027-01-31"},
        {"trigger": "signing", "milestone": 1},
        {"trigger": "signing", "due_on": "2027-01-31"},
    ],
)
async def test_an_instalment_says_in_one_way_when_it_is_paid(
    conn: Connection, people: Cast, unclear: dict[str, Any]
) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(model.InstalmentUnclear):
        await edit(
            conn,
            deal,
            milestones=[milestone(86_000_00)],
            instalments=[{"amount_minor": 86_000_00, **unclear}],
        )


@pytest.mark.parametrize(
    "unclear",
    [
        {"due_on": None},
        {"due_days": 30, "due_unit": "working_days"},
        {"due_on": None, "due_days": 30},
        {"due_on": None, "due_unit": "working_days"},
        {"due_unit": "calendar_days"},
    ],
)
async def test_a_milestone_says_in_one_way_when_it_is_due(
    conn: Connection, people: Cast, unclear: dict[str, Any]
) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(MilestoneUnclear) as refused:
        await edit(conn, deal, milestones=[milestone(86_000_00) | unclear])
    assert refused.value.pointer == "/milestones/0"
    clear = {"due_on": None, "due_days": 30, "due_unit": "working_days"}
    edited = await edit(conn, deal, milestones=[milestone(86_000_00) | clear])
    deal = msgspec.structs.replace(deal, contract=edited)
    again = await edit(conn, deal, place="乙方车间")
    assert [each.due_days for each in (*edited.milestones, *again.milestones)] == [30, 30]


async def test_a_free_contract_has_no_price(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people, price_minor=0, free_or_paid="free")
    assert deal.contract.instalments == []
    assert [each.price_minor for each in deal.contract.milestones] == [0]
    with pytest.raises(model.FreeHasNoPrice):
        await edit(conn, deal, instalments=[{"amount_minor": 1, "trigger": "signing"}])
    with pytest.raises(model.FreeHasNoPrice):
        await edit(conn, deal, total_minor=1)


async def test_only_the_providing_unit_drafts(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    terms = contracts.full_terms(deal.contract, await clock.today(conn))
    for other in (deal.cast.buyer, deal.cast.leader, deal.cast.finance):
        with pytest.raises(model.NotADrafter):
            await operations.edit_terms(conn, other, deal.contract.id, terms, 1)
    member = await identity.person(conn, deal.cast.unit, Role.MEMBER)
    drafted = await operations.edit_terms(conn, member, deal.contract.id, terms, 1)
    assert drafted.place == "甲方现场"


async def test_a_stranger_finds_nothing_to_edit(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    stranger = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    with pytest.raises(NotFound):
        await operations.edit_terms(conn, stranger, deal.contract.id, TermsEdit(place="x"), 1)


async def test_an_old_version_is_not_edited(conn: Connection, people: Cast) -> None:
    deal = await contracts.drafted(conn, people)
    with pytest.raises(Stale):
        await operations.edit_terms(
            conn, deal.cast.clerk, deal.contract.id, TermsEdit(place="x"), 1
        )


async def test_terms_stand_while_they_are_reviewed(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(model.NotInDrafting):
        await edit(conn, deal, place="乙方车间")
