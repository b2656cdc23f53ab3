"""Net and VAT: once on the total, then to the last fen over the parts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from market.base import db
from market.base.db import Connection
from market.base.policies import Policy
from market.trade.contracts import figures, operations
from market.trade.contracts.figures import Rate
from market.trade.contracts.planned import MilestoneTerms
from market.trade.contracts.terms import LineTerms, Terms
from tests.world import contracts
from tests.world.contracts import Cast

VAT = Policy(UUID(int=7), "vat", None, 1, date(2000, 1, 1), {}, "a test")
PRICES = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def terms(prices: list[int]) -> Terms:
    """A contract of milestones at these prices."""
    return Terms(
        statutory_class="service",
        sub_class=None,
        subject="x",
        scope="x",
        term_days=1,
        total_minor=sum(prices),
        technical_minor=0,
        lines=[LineTerms(description="x", unit="lot", quantity=1, unit_price_minor=sum(prices))],
        attendees=[],
        milestones=[
            MilestoneTerms(
                title="x",
                deliverable="x",
                acceptance_criteria="x",
                price_minor=price,
                due_on=date(2027, 1, 1),
            )
            for price in prices
        ],
        instalments=[],
    )


@given(
    prices=PRICES,
    vat_ppm=st.sampled_from([0, 10_000, 60_000, 130_000]),
    commission_ppm=st.none() | st.integers(1, 1_000_000),
)
def test_the_parts_sum_to_the_whole_and_none_is_below_zero(
    prices: list[int], vat_ppm: int, commission_ppm: int | None
) -> None:
    reckoned = figures.reckon(terms(prices), commission_ppm, Rate(vat_ppm, "x", False, VAT))
    whole, parts = reckoned.whole, reckoned.milestones
    assert whole.net_minor + whole.vat_minor + whole.owner_minor == sum(prices)
    assert sum(part.net_minor for part in parts) == whole.net_minor
    assert sum(part.vat_minor for part in parts) == whole.vat_minor
    assert sum(part.owner_minor for part in parts) == whole.owner_minor
    for price, part in zip(prices, parts, strict=True):
        assert part.net_minor + part.vat_minor + part.owner_minor == price
        assert min(part.net_minor, part.vat_minor, part.owner_minor) >= 0
        assert commission_ppm is not None or part.owner_minor == 0


def test_a_free_contract_has_figures_of_nothing() -> None:
    reckoned = figures.reckon(terms([0, 0]), None, Rate(60_000, "x", False, VAT))
    assert [*msgspec.structs.astuple(reckoned.whole)] == [0, 0, 0]
    assert [part.net_minor for part in reckoned.milestones] == [0, 0]


async def test_a_draft_explains_its_figures_before_anybody_signs(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.drafted(conn, people)
    async with db.look(conn, deal.cast.buyer):
        told = await operations.explain_figures(conn, deal.cast.buyer, deal.contract.id)
    assert told.inputs["total_minor"] == 86_000_00
    assert told.result == {"net_minor": 81_132_08, "vat_minor": 4_867_92, "owner_minor": 0}
    assert [step.rule_id for step in told.steps] == ["vat.general", "contract.split"]
    assert [part["vat_minor"] for part in told.steps[1].values["instalments"]] == [
        1_460_38,
        2_433_96,
        973_58,
    ]
    assert (told.sources[0].policy, told.sources[0].number) == ("vat", 1)
    assert "36号" in told.sources[0].source


async def test_a_signed_contract_explains_itself_by_the_version_that_fixed_it(
    conn: Connection,
    people: Cast,
) -> None:
    deal = await contracts.signed(conn, people, capacity="agent", commission_ppm=100_000)
    async with db.look(conn, deal.cast.clerk):
        told = await operations.explain_figures(conn, deal.cast.clerk, deal.contract.id)
    assert told.result["net_minor"] == deal.contract.net_minor
    assert told.steps[0].rule_id == "contract.commission"
    assert told.steps[0].values == {"commission_minor": 8_600_00, "owner_minor": 77_400_00}
