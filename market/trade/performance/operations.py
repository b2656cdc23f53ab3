"""What people do with a milestone of an active contract.

Each act answers with the milestone and all that happened to it. Repeating one's own finished act
gives that answer again; a rival's is refused as a move that the present state does not allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from market.base import amounts, db, events, files, words
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.trade.contracts import model as contracts
from market.trade.contracts import operations as contract_acts
from market.trade.contracts import queries as contract_rows
from market.trade.contracts.model import Contract
from market.trade.performance import queries
from market.trade.performance.model import (
    AcceptanceInput,
    ContractNotActive,
    DeliveryInput,
    Milestone,
    MilestoneRow,
    OnlyBuyerAccepts,
    OnlyProviderPerforms,
    Performance,
    ReturnInput,
    State,
    UnknownEvidence,
    WorkedForProvider,
    may_accept,
    may_perform,
    once,
)


async def start_milestone(
    conn: Connection, actor: Actor, milestone_id: UUID, *, expected_version: int | None = None
) -> Performance:
    """The provider begins the work.

    Raises NotFound to a stranger, OnlyProviderPerforms to the buyer, BothSides, Stale,
    ContractNotActive, WrongMove unless the milestone is planned.
    """
    async with db.act(conn, actor):
        contract, before = await _locked(conn, actor, milestone_id)
        require(may_perform(actor, contract.provider_unit_id), OnlyProviderPerforms)
        if before.started_by != actor.person_id:
            await contract_acts.require_one_side(conn, actor, contract)
            _require_performable(contract, before, expected_version)
            started = await queries.set_started(
                conn, before, before.after("start"), actor.person_id
            )
            await _record(conn, actor, "milestone.started", before, started, "start")
        return await queries.find_performance(conn, actor, milestone_id)


async def deliver_milestone(
    conn: Connection,
    actor: Actor,
    milestone_id: UUID,
    data: DeliveryInput,
    *,
    expected_version: int | None = None,
) -> Performance:
    """The provider hands the work over, again after a return; the buyer may read the evidence.

    Raises NotFound to a stranger, OnlyProviderPerforms to the buyer, BothSides, Stale,
    ContractNotActive, UnknownEvidence, WrongMove unless there is work to hand over.
    """
    async with db.act(conn, actor):
        contract, before = await _locked(conn, actor, milestone_id)
        require(may_perform(actor, contract.provider_unit_id), OnlyProviderPerforms)
        if before.state == State.DELIVERED:
            found = await queries.find_performance(conn, actor, milestone_id)
            if _is_delivered_by(actor, found, data):
                return found
        await contract_acts.require_one_side(conn, actor, contract)
        _require_performable(contract, before, expected_version)
        delivered = await queries.set_state(conn, before, before.after("deliver"))
        delivery = await queries.insert_delivery(conn, actor, milestone_id, data.note)
        evidence = await _shown_evidence(conn, actor, contract, data.files)
        await queries.insert_evidence(conn, milestone_id, evidence, delivery_id=delivery.id)
        await _record(
            conn, actor, "milestone.delivered", before, delivered, "deliver", delivery=delivery.id
        )
        return await queries.find_performance(conn, actor, milestone_id)


async def return_milestone(
    conn: Connection,
    actor: Actor,
    milestone_id: UUID,
    data: ReturnInput,
    *,
    expected_version: int | None = None,
) -> Performance:
    """The buyer sends the last delivery back, with reasons.

    Raises NotFound to a stranger, OnlyBuyerAccepts to the provider, BothSides, WorkedForProvider,
    WrongMove unless the milestone is delivered.
    """
    async with db.act(conn, actor):
        contract, before = await _locked(conn, actor, milestone_id)
        require(may_accept(actor, contract.buyer_id), OnlyBuyerAccepts)
        found = await queries.find_performance(conn, actor, milestone_id)
        if _is_returned_by(actor, found, data):
            return found
        await _require_of_the_buyer_only(conn, actor, contract)
        _require_performable(contract, before, expected_version)
        returned = await queries.set_state(conn, before, before.after("return"))
        delivery_id = found.delivered.id
        await queries.insert_return(conn, actor, delivery_id, data.reasons)
        await _record(
            conn, actor, "milestone.returned", before, returned, "return", delivery=delivery_id
        )
        return await queries.find_performance(conn, actor, milestone_id)


async def accept_milestone(
    conn: Connection,
    actor: Actor,
    milestone_id: UUID,
    data: AcceptanceInput,
    *,
    expected_version: int | None = None,
) -> Performance:
    """The buyer accepts the last delivery: its net price, as far as not credited, becomes revenue.

    The last milestone to be accepted completes the contract. Raises NotFound to a stranger,
    OnlyBuyerAccepts to the provider, BothSides, WorkedForProvider, WrongMove unless the milestone
    is delivered.
    """
    async with db.act(conn, actor):
        contract, before = await _locked(conn, actor, milestone_id)
        require(may_accept(actor, contract.buyer_id), OnlyBuyerAccepts)
        if before.state == State.ACCEPTED:
            found = await queries.find_performance(conn, actor, milestone_id)
            if _is_accepted_by(actor, found, data):
                return found
        await _require_of_the_buyer_only(conn, actor, contract)
        _require_performable(contract, before, expected_version)
        to = before.after("accept")
        certificate = await queries.insert_certificate(conn, actor, milestone_id, data)
        accepted = await queries.set_accepted(conn, before, to, certificate)
        evidence = await _shown_evidence(conn, actor, contract, data.files)
        await queries.insert_evidence(conn, milestone_id, evidence, certificate_id=certificate.id)
        await _recognise_revenue(conn, contract, accepted, certificate.accepted_on)
        await _record(
            conn,
            actor,
            "milestone.accepted",
            before,
            accepted,
            "accept",
            certificate=certificate.id,
            told={"certificate_sha256": certificate.fingerprint},
        )
        await _complete_with_the_last(conn, actor, contract)
        return await queries.find_performance(conn, actor, milestone_id)


async def list_milestones(conn: Connection, actor: Actor, contract_id: UUID) -> list[Milestone]:
    """A contract's milestones in their order. Raises NotFound to a stranger."""
    async with db.look(conn, actor):
        await contract_rows.find_contract(conn, actor, contract_id)
        return await queries.milestones_of(conn, actor, contract_id)


async def _locked(
    conn: Connection, actor: Actor, milestone_id: UUID
) -> tuple[Contract, MilestoneRow]:
    """The milestone and its contract, locked in this order; NotFound to a stranger."""
    contract_id = await queries.contract_of(conn, milestone_id)
    contract = await contract_rows.lock_contract(conn, actor, contract_id)
    return contract, await queries.lock_milestone(conn, milestone_id)


async def _require_of_the_buyer_only(conn: Connection, actor: Actor, contract: Contract) -> None:
    """Who judges the work has no part in it: neither a role at the provider nor a hand in it."""
    await contract_acts.require_one_side(conn, actor, contract)
    worked = await queries.worked_for_provider(conn, contract.id, actor.person_id)
    require(not worked, WorkedForProvider)


def _require_performable(
    contract: Contract, milestone: MilestoneRow, expected_version: int | None
) -> None:
    require_version(milestone.version, expected_version)
    found = words.state("contract", contract.state)
    require(contract.state == contracts.ContractState.ACTIVE, ContractNotActive(state=found))


def _is_delivered_by(actor: Actor, found: Performance, data: DeliveryInput) -> bool:
    return found.delivered.delivered_by == actor.person_id and found.delivered.says(data)


def _is_returned_by(actor: Actor, found: Performance, data: ReturnInput) -> bool:
    returned = found.delivered.returned if found.state == State.RETURNED else None
    return (
        returned is not None
        and returned.returned_by == actor.person_id
        and returned.reasons == data.reasons
    )


def _is_accepted_by(actor: Actor, found: Performance, data: AcceptanceInput) -> bool:
    certificate = found.certificate
    return (
        certificate is not None
        and certificate.accepted_by == actor.person_id
        and certificate.says(data)
    )


async def _shown_evidence(
    conn: Connection, actor: Actor, contract: Contract, named: list[UUID]
) -> list[UUID]:
    """The files, each once, which from now on both parties read."""
    if not named:
        return []
    evidence = once(named)
    known = await queries.files_of(conn, actor.organisation_id, evidence)
    for place, file_id in enumerate(named):
        require(file_id in known, UnknownEvidence(pointer=f"/files/{place}", file_id=file_id))
    parties = {contract.buyer_id, contract.provider_unit_id, contract.books_unit_id}
    for file_id in evidence:
        await files.share(conn, file_id, parties)
    return evidence


def revenue_of(contract: Contract) -> Account:
    """Where its net prices go; an agent earns its commission alone."""
    is_agent = contract.capacity == "agent"
    return Account("revenue:intermediary" if is_agent else f"revenue:{contract.kind}")


async def _recognise_revenue(
    conn: Connection, contract: Contract, milestone: MilestoneRow, on: date
) -> None:
    """The contract's position becomes revenue; an agent's also what the owners are owed."""
    position = Account("contract_position", contract.id)
    owner_minor = milestone.owner_minor - milestone.credited_owner_minor
    legs = [
        Leg(position, account, amount_minor, contract.currency)
        for account, amount_minor in [
            (revenue_of(contract), milestone.net_minor - milestone.credited_net_minor),
            *await _owed_to_owners(conn, contract, owner_minor),
        ]
    ]
    cause = f"milestone_accepted:{milestone.id}"
    await ledger.post(conn, Posting(cause, contract.books_unit_id, on, legs))


async def owed_by(conn: Connection, milestone: MilestoneRow) -> list[tuple[Account, int]]:
    """What the acceptance of a milestone made each owner's."""
    async with db.act(conn, SYSTEM):
        posted = await ledger.posted(conn, f"milestone_accepted:{milestone.id}")
    return [
        (leg.credit, leg.amount_minor) for leg in posted.legs if leg.credit.kind == "owner_payable"
    ]


async def _owed_to_owners(
    conn: Connection, contract: Contract, owner_minor: int
) -> list[tuple[Account, int]]:
    """Each owner's share of what an agent passes on with a milestone, accepted just now.

    The contract's whole is split by largest remainder, once; a milestone by what each still lacks
    of that, so that no owner gains a fen at every milestone. Read by the system, because a buyer
    does not see who owns a right.
    """
    if owner_minor == 0:
        return []
    async with db.act(conn, SYSTEM):
        owners = await queries.owners_of(conn, contract.offering_id, contract.offering_version)
        has = await queries.owed_to_owners(conn, contract.id)
        whole_minor = sum(has.values()) + await queries.left_for_owners(conn, contract.id)
    assert owners, "an agent sells a right, and a right has owners"
    whole = amounts.split(whole_minor + owner_minor, [owner.share for owner in owners])
    lacks = [max(part - has.get(owner.id, 0), 0) for part, owner in zip(whole, owners, strict=True)]
    minor = amounts.split(owner_minor, lacks)
    accounts = [Account("owner_payable", owner.id) for owner in owners]
    return list(zip(accounts, minor, strict=True))


async def _complete_with_the_last(conn: Connection, actor: Actor, contract: Contract) -> None:
    if await queries.count_unaccepted(conn, contract.id):
        return
    before = contracts.ContractState(contract.state)
    to = contracts.MOVES.after("complete", before)
    completed = await contract_rows.move_contract(conn, contract, to=to)
    move = ("complete", before)
    await events.record(conn, actor, "contract.completed", about=completed, move=move)


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    before: MilestoneRow,
    after: MilestoneRow,
    move: str,
    *,
    told: Mapping[str, str] | None = None,
    **ids: UUID,
) -> None:
    await contract_rows.touch_contract(conn, before.contract_id)
    changed = {
        "contract_id": before.contract_id,
        **{f"{key}_id": ids[key] for key in ids},
        **(told or {}),
    }
    await events.record(
        conn, actor, name, about=after, move=(move, State(before.state)), changed=changed
    )
