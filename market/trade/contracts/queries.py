"""The SQL of contracts. Both parties see a contract, and the units above the provider."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.documents import characters
from market.trade.contracts.figures import Figures, Rate, Share
from market.trade.contracts.model import (
    Contract,
    ContractState,
    FullContract,
    Instalment,
    Milestone,
    Origin,
    QuantityLine,
    Review,
    Signature,
)
from market.trade.contracts.terms import Terms, terms_of

NO_CONTRACT: Final = UUID(int=2**128 - 1)


async def find_contract(conn: Connection, actor: Actor, contract_id: UUID) -> Contract:
    """NotFound to whoever is on neither side."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Contract)} FROM contract
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buyer_id = ANY ($2)
                               OR provider_unit_id = ANY ($2) OR books_unit_id = ANY ($2))""",
        contract_id,
        actor.visible,
    )
    return one(Contract, record)


async def lock_contract(conn: Connection, actor: Actor, contract_id: UUID) -> Contract:
    """The same, held until the end of the act: the first lock of every act on a contract."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Contract)} FROM contract
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buyer_id = ANY ($2)
                               OR provider_unit_id = ANY ($2) OR books_unit_id = ANY ($2))
            FOR UPDATE""",
        contract_id,
        actor.visible,
    )
    return one(Contract, record)


async def contracts(
    conn: Connection,
    actor: Actor,
    *,
    state: str | None,
    kind: str | None,
    before: UUID | None,
    limit: int,
) -> list[Contract]:
    """Newest first. Some hundred contracts a year: optional filters cost nothing here."""
    records = await conn.fetch(
        f"""SELECT {columns(Contract)} FROM contract
            WHERE ($1::uuid[] IS NULL OR buyer_id = ANY ($1) OR provider_unit_id = ANY ($1)
                                      OR books_unit_id = ANY ($1))
              AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3)
              AND id < $4
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        state,
        kind,
        before or NO_CONTRACT,
        limit,
    )
    return [Contract(*record) for record in records]


async def reviews_of(conn: Connection, contract_id: UUID) -> list[Review]:
    """Every verdict of every round, oldest first."""
    records = await conn.fetch(
        f"SELECT {columns(Review)} FROM contract_review WHERE contract_id = $1 ORDER BY id",
        contract_id,
    )
    return [Review(*record) for record in records]


async def is_drafter(conn: Connection, contract_id: UUID, person_id: UUID) -> bool:
    found: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM contract_drafter
                          WHERE contract_id = $1 AND person_id = $2)""",
        contract_id,
        person_id,
    )
    return found


async def note_drafter(conn: Connection, contract_id: UUID, person_id: UUID) -> None:
    await conn.execute(
        """INSERT INTO contract_drafter (contract_id, person_id) VALUES ($1, $2)
           ON CONFLICT DO NOTHING""",
        contract_id,
        person_id,
    )


async def insert_contract(
    conn: Connection,
    actor: Actor,
    origin: Origin,
    terms: Terms,
    *,
    books_unit_id: UUID,
    rate: Rate,
    whole: Share,
) -> Contract:
    record = await conn.fetchrow(
        f"""INSERT INTO contract (provider_unit_id, books_unit_id, buyer_id, offering_id,
                offering_version, award_id, kind, statutory_class, sub_class, state, order_reason,
                buyer_reference, ordered_by, subject, scope, term_days, term_unit, currency,
                total_minor, technical_minor, capacity, commission_ppm, free, exempt, vat_rule_id,
                vat_ppm, net_minor, vat_minor, owner_minor, vat_policy_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                    $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)
            RETURNING {columns(Contract)}""",
        origin.provider_unit_id,
        books_unit_id,
        actor.organisation_id,
        origin.offering_id,
        origin.offering_version,
        origin.award_id,
        origin.kind,
        terms.statutory_class,
        terms.sub_class,
        ContractState.DRAFTING,
        origin.reason,
        origin.buyer_reference,
        actor.person_id,
        terms.subject,
        terms.scope,
        terms.term_days,
        terms.term_unit,
        origin.currency,
        terms.total_minor,
        terms.technical_minor,
        origin.capacity,
        origin.commission_ppm,
        origin.free,
        rate.exempt,
        rate.rule_id,
        rate.vat_ppm,
        whole.net_minor,
        whole.vat_minor,
        whole.owner_minor,
        rate.policy.id,
    )
    return one(Contract, record)


async def set_terms(
    conn: Connection, contract: Contract, terms: Terms, figures: Figures
) -> Contract:
    rate, whole = figures.rate, figures.whole
    record = await conn.fetchrow(
        f"""UPDATE contract SET statutory_class = $2, sub_class = $3, subject = $4, scope = $5,
                acceptance_standard = $6, rights_clause = $7, secrecy_clause = $8, place = $9,
                term_days = $10, term_unit = $11, total_minor = $12, technical_minor = $13,
                exempt = $14, vat_rule_id = $15, vat_ppm = $16, net_minor = $17, vat_minor = $18,
                owner_minor = $19, vat_policy_id = $20, version = version + 1
            WHERE id = $1 RETURNING {columns(Contract)}""",
        contract.id,
        terms.statutory_class,
        terms.sub_class,
        terms.subject,
        terms.scope,
        terms.acceptance_standard,
        terms.rights_clause,
        terms.secrecy_clause,
        terms.place,
        terms.term_days,
        terms.term_unit,
        terms.total_minor,
        terms.technical_minor,
        rate.exempt,
        rate.rule_id,
        rate.vat_ppm,
        whole.net_minor,
        whole.vat_minor,
        whole.owner_minor,
        rate.policy.id,
    )
    return one(Contract, record)


async def approve_order(conn: Connection, contract: Contract, *, approved_by: UUID) -> Contract:
    """The approval covers the total of this moment."""
    record = await conn.fetchrow(
        f"""UPDATE contract SET order_approved_by = $2, order_approved_minor = total_minor,
                version = version + 1
            WHERE id = $1 RETURNING {columns(Contract)}""",
        contract.id,
        approved_by,
    )
    return one(Contract, record)


async def move_contract(conn: Connection, contract: Contract, *, to: ContractState) -> Contract:
    """A bare move, guarded by the state that it was decided in."""
    record = await conn.fetchrow(
        f"""UPDATE contract SET state = $3, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Contract)}""",
        contract.id,
        contract.state,
        to,
    )
    return one(Contract, record)


async def touch_contract(conn: Connection, contract_id: UUID) -> Contract:
    """A child changed, and so does the root's version."""
    record = await conn.fetchrow(
        f"""UPDATE contract SET version = version + 1 WHERE id = $1
            RETURNING {columns(Contract)}""",
        contract_id,
    )
    return one(Contract, record)


async def void_contract(
    conn: Connection, contract: Contract, *, to: ContractState, reason: str, voided_by: UUID
) -> Contract:
    record = await conn.fetchrow(
        f"""UPDATE contract SET state = $3, void_reason = $4, voided_by = $5,
                version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Contract)}""",
        contract.id,
        contract.state,
        to,
        reason,
        voided_by,
    )
    return one(Contract, record)


async def in_full(conn: Connection, contract: Contract) -> FullContract:
    """The contract with all its parts, in one statement."""
    record = await conn.fetchrow(
        f"""SELECT ARRAY(SELECT ROW ({columns(QuantityLine)}) FROM quantity_line
                         WHERE contract_id = $1 ORDER BY position),
                   ARRAY(SELECT name FROM attendee WHERE contract_id = $1 ORDER BY position),
                   ARRAY(SELECT ROW ({columns(Milestone)}) FROM milestone
                         WHERE contract_id = $1 ORDER BY position),
                   ARRAY(SELECT ROW ({columns(Instalment)}) FROM instalment
                         WHERE contract_id = $1 ORDER BY position),
                   ARRAY(SELECT ROW ({columns(Review)}) FROM contract_review
                         WHERE contract_id = $1 ORDER BY id),
                   ARRAY(SELECT ROW (party, organisation_id, signer_id, authority_id, method,
                                     file_id, encode(text_sha256, 'hex'), signed_at)
                         FROM signature WHERE contract_id = $1 ORDER BY id),
                   (SELECT encode(sha256, 'hex') FROM contract_text WHERE contract_id = $1)""",
        contract.id,
    )
    assert record is not None, "a row without a table is always there"
    lines, attendees, milestones, instalments, reviews, signatures, sha256 = record
    full = FullContract(
        **msgspec.structs.asdict(contract),
        lines=[QuantityLine(*row) for row in lines],
        attendees=attendees,
        milestones=[Milestone(*row) for row in milestones],
        instalments=[Instalment(*row) for row in instalments],
        reviews=[Review(*row) for row in reviews],
        signatures=[Signature(*row) for row in signatures],
        text_sha256=sha256,
        unprintable=[],
    )
    return msgspec.structs.replace(full, unprintable=_unprintable(full))


def _unprintable(contract: FullContract) -> list[str]:
    """Of the terms only: what people wrote around them is not printed."""
    said = msgspec.to_builtins(terms_of(contract))
    return characters.named(characters.unprintable(said))


async def find_full(conn: Connection, actor: Actor, contract_id: UUID) -> FullContract:
    return await in_full(conn, await find_contract(conn, actor, contract_id))
