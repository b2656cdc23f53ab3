"""Net, VAT and what is the owner's: computed once on the total, split over the parts.

A principal is taxed on its price, an agent on its commission; what the agent passes on to the
owner of the work is untaxed. Shares go by largest remainder: the commission by the prices of the
parts, the VAT by their commissions, so that no part's net falls below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from market.base import amounts, policies, words
from market.base.db import Connection
from market.base.explanations import Explanation, Step, source_of
from market.base.policies import Policy
from market.identity.units import queries as units
from market.trade.contracts import model
from market.trade.contracts.model import FullContract
from market.trade.contracts.terms import Terms


class Rate(msgspec.Struct, frozen=True):
    """What the contract is taxed at, by which rule of which version of the policy ``vat``."""

    vat_ppm: int
    rule_id: str
    exempt: bool
    policy: Policy


class Share(msgspec.Struct, frozen=True):
    """One price taken apart; the three sum to it."""

    net_minor: int
    vat_minor: int
    owner_minor: int


class Figures(msgspec.Struct, frozen=True):
    """The whole contract's share, and those of its milestones and instalments, in their order."""

    rate: Rate
    whole: Share
    milestones: list[Share]
    instalments: list[Share]


async def rate_of(conn: Connection, books_unit_id: UUID, terms: Terms, *, today: date) -> Rate:
    """The rate of a day: by the tax status of the books, or the exemption that is claimed.

    Raises TaxStatusMissing, NotExempt.
    """
    policy = await policies.current(conn, "vat", on=today, unit_id=books_unit_id)
    if terms.exemption_rule is not None:
        _check_exemption(policy.body["exemptions"], terms.exemption_rule, terms.statutory_class)
        return Rate(0, terms.exemption_rule, True, policy)
    status = await units.tax_status_on(conn, books_unit_id, today)
    if status is None:
        raise model.TaxStatusMissing
    return Rate(policy.body["rates_ppm"][status.status], f"vat.{status.status}", False, policy)


def _check_exemption(exemptions: dict[str, Any], rule_id: str, statutory_class: str) -> None:
    rule = exemptions.get(rule_id)
    if rule is None or statutory_class not in rule["classes"]:
        raise model.NotExempt(
            found=rule_id,
            statutory_class=words.contract_class(statutory_class),
            pointer="/exemption_rule",
        )


def reckon(terms: Terms, commission_ppm: int | None, rate: Rate) -> Figures:
    """All figures of a contract; ``commission_ppm`` is None for a principal."""
    total = terms.total_minor
    taxed = total if commission_ppm is None else amounts.share(total, commission_ppm)
    net = amounts.net_of(taxed, rate.vat_ppm)
    whole = Share(net, taxed - net, total - taxed)
    return Figures(
        rate,
        whole,
        shares(whole, [milestone.price_minor for milestone in terms.milestones]),
        shares(whole, [instalment.amount_minor for instalment in terms.instalments]),
    )


def shares(whole: Share, prices: Sequence[int]) -> list[Share]:
    """The whole split over prices that sum to it."""
    taxed = _split(whole.net_minor + whole.vat_minor, prices)
    vat = _split(whole.vat_minor, taxed)
    return [
        Share(part - part_vat, part_vat, price - part)
        for price, part, part_vat in zip(prices, taxed, vat, strict=True)
    ]


def _split(total: int, weights: Sequence[int]) -> list[int]:
    return amounts.split(total, weights) if any(weights) else [0] * len(weights)


def explain(contract: FullContract, terms: Terms, figures: Figures) -> Explanation:
    """The figures of a contract with the steps that lead to them."""
    return Explanation(
        inputs={
            "currency": contract.currency,
            "total_minor": contract.total_minor,
            "capacity": contract.capacity,
            "commission_ppm": contract.commission_ppm,
            "exemption_rule": terms.exemption_rule,
            "milestone_prices_minor": [part.price_minor for part in contract.milestones],
            "instalment_amounts_minor": [part.amount_minor for part in contract.instalments],
        },
        steps=[*_commission_step(contract, figures), *_tax_steps(figures)],
        result=msgspec.to_builtins(figures.whole),
        sources=[source_of(figures.rate.policy)],
    )


def _commission_step(contract: FullContract, figures: Figures) -> list[Step]:
    if contract.commission_ppm is None:
        return []
    return [
        Step(
            "contract.commission",
            "中介方只就其报酬计税：报酬 = 总额 × 报酬比例，其余为权利人款项，不计税。",
            "An agent is taxed on its commission alone: total × rate; the rest is the owner's.",
            {
                "commission_minor": figures.whole.net_minor + figures.whole.vat_minor,
                "owner_minor": figures.whole.owner_minor,
            },
        )
    ]


def _tax_steps(figures: Figures) -> list[Step]:
    return [
        Step(
            figures.rate.rule_id,
            "净额 = 含税额 ÷（1 + 税率），四舍五入到分；税额 = 含税额 − 净额。",
            "Net = tax-included amount ÷ (1 + rate), to the fen; VAT is what remains.",
            {
                "vat_ppm": figures.rate.vat_ppm,
                "net_minor": figures.whole.net_minor,
                "vat_minor": figures.whole.vat_minor,
            },
        ),
        Step(
            "contract.split",
            "税额按各里程碑价款、各期款项以最大余数法分摊，合计与总额分毫不差。",
            "VAT is split over milestones and over instalments by largest remainder, to the fen.",
            {
                "milestones": msgspec.to_builtins(figures.milestones),
                "instalments": msgspec.to_builtins(figures.instalments),
            },
        ),
    ]
