"""Telling people by e-mail what happened: one job for every event that has a notice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from market.base import amounts, clock, db, policies
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Phrase
from market.base.events import Event
from market.identity import letters
from market.identity.letters import Reader
from market.notifications import (
    award_facts,
    chargeback_facts,
    invoice_facts,
    line_facts,
    opening_facts,
    queries,
    reminder_facts,
    stripe_facts,
)
from market.notifications.model import Audience, Facts, Notice, words_of
from market.notifications.notices import NOTICES
from market.trade.contracts import operations as contracts
from market.trade.contracts import queries as contract_queries

FREE: Final = Phrase("无偿", "free of charge")


async def about_contract(conn: Connection, contract_id: UUID) -> Facts:
    """With how it came about, and whether a second manager of the buyer approves the order.

    ``price``: the total, or that there is none.
    """
    facts = await queries.about_contract(conn, contract_id)
    contract = await contract_queries.find_contract(conn, SYSTEM, contract_id)
    policy = await policies.current(conn, "direct_order", on=await clock.today(conn))
    currency = policy.body["currency"]
    return {
        **facts,
        "price": FREE if contract.free else _total(contract.total_minor, contract.currency),
        "ordered": contract.award_id is None,
        "awarded": contract.award_id is not None,
        "over_limit": await contracts.needs_approval(conn, contract),
        "limit": f"{amounts.printed(policy.body['limit_minor'], currency)} {currency}",
    }


def _total(total_minor: int, currency: str) -> Phrase:
    total = f"{amounts.printed(total_minor, currency)} {currency}"
    return Phrase(f"总额 {total}", total)


# How an event's subject is looked up, by the first word of the event's name.
ABOUT: Final[dict[str, Callable[[Connection, UUID], Awaitable[Facts]]]] = {
    "organisation": queries.about_organisation,
    "right": queries.about_right,
    "offering": queries.about_offering,
    "offering_revision": queries.about_offering,
    "enterprise_request": queries.about_enterprise_request,
    "proposal": queries.about_proposal,
    "counter_offer": queries.about_counter_offer,
    "contract": about_contract,
    "milestone": queries.about_milestone,
    "evaluation": award_facts.about_evaluation,
    "judge": award_facts.about_judge,
    "award": award_facts.about_award,
    "outcome": award_facts.about_outcome,
    "complaint": award_facts.about_complaint,
    "review": queries.about_review,
    "invoice": invoice_facts.about_invoice,
    "reminder": reminder_facts.about_reminder,
    "write_off": queries.about_write_off,
    "fapiao": queries.about_fapiao,
    "void_proposal": queries.about_void_proposal,
    "opening_balance": opening_facts.about_opening_balance,
    "statement_retraction": queries.about_statement_retraction,
    "online_payment": stripe_facts.about_online_payment,
    "chargeback": chargeback_facts.about_chargeback,
    "chargeback_evidence": stripe_facts.about_chargeback_evidence,
    "chargeback_write_off": stripe_facts.about_chargeback_write_off,
    "chargeback_alarm": stripe_facts.about_chargeback_alarm,
    "stripe_line": line_facts.about_stripe_line,
    "stripe_explanation": stripe_facts.about_stripe_explanation,
    "stripe_explanation_undo": stripe_facts.about_stripe_explanation_undo,
    "payout": stripe_facts.about_payout,
    "credit_note": queries.about_credit_note,
    "red_fapiao": queries.about_red_fapiao,
    "refund": queries.about_refund,
}


# Figures and days that an event tells as they were; its subject may have moved on since.
TOLD: Final = ("_minor", "_on")
# Why an invoice is open again, by the cause that its event tells.
BECAUSE: Final = {"is_by_chargeback": "chargeback_lost", "is_by_return": "stripe_line_explained"}


async def tell(conn: Connection, event: Event) -> None:
    """Write the event's letters; a second time, or for who did it himself, writes none."""
    async with db.act(conn, SYSTEM):
        notices = [notice for notice in NOTICES[event.name] if _applies(notice, event)]
        if not notices:
            return
        facts = _as_told(await ABOUT[event.subject](conn, event.subject_id), event)
        for notice in [each for each in notices if each.given is None or facts[each.given]]:
            for reader in await _readers(conn, notice, facts):
                if reader.person_id != event.actor:
                    await _send(conn, event, notice, facts, reader)


def _as_told(facts: Facts, event: Event) -> Facts:
    """Whom and how much the event itself names, before what its subject knows by now; and why."""
    told = {
        name: value
        for name, value in event.changed.items()
        if isinstance(facts.get(name), list) or (name in facts and name.endswith(TOLD))
    }
    cause = str(event.changed.get("cause")).partition(":")[0]
    because = {name: cause == each for name, each in BECAUSE.items()}
    return {**facts, **told, **because, "is_by_other": cause not in BECAUSE.values()}


def _applies(notice: Notice, event: Event) -> bool:
    return notice.after is None or notice.after == event.state_to


async def _readers(conn: Connection, notice: Notice, facts: Facts) -> list[Reader]:
    """Everyone in the notice's audiences, each once."""
    found: dict[UUID, Reader] = {}
    for audience in notice.to:
        for reader in await _audience(conn, audience, _named(facts, audience.fact)):
            found[reader.person_id] = reader
    return list(found.values())


async def _audience(conn: Connection, audience: Audience, named: list[UUID]) -> list[Reader]:
    if audience.roles:
        return await queries.holders(conn, named, audience.roles)
    return await queries.people(conn, named)


def _named(facts: Facts, fact: str) -> list[UUID]:
    value = facts[fact]
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, UUID) else []


async def _send(
    conn: Connection, event: Event, notice: Notice, facts: Facts, reader: Reader
) -> None:
    await letters.send(
        conn,
        notice.letter,
        notice.attachment(facts),
        to=reader.email,
        language=reader.language,
        cause=f"{event.id}:{reader.person_id}",
        reader=reader.name,
        **words_of(facts, reader.language),
    )
