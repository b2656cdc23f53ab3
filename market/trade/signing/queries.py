"""The SQL of reviewing and signing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.working_days import Due
from market.trade.contracts.figures import Figures, Share
from market.trade.contracts.model import Contract, ContractState, Party, Stage
from market.trade.signing.model import (
    Authority,
    ReviewInput,
    SignatureInput,
    Signing,
    Template,
    Text,
)


async def submit_contract(
    conn: Connection, contract: Contract, *, to: ContractState, submitted_by: UUID
) -> Contract:
    """A submission begins a new round."""
    record = await conn.fetchrow(
        f"""UPDATE contract SET state = $3, review_round = review_round + 1, submitted_by = $4,
                version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Contract)}""",
        contract.id,
        contract.state,
        to,
        submitted_by,
    )
    return one(Contract, record)


async def insert_review(
    conn: Connection, contract: Contract, stage: Stage, reviewer_id: UUID, given: ReviewInput
) -> None:
    await conn.execute(
        """INSERT INTO contract_review (contract_id, round, stage, reviewer_id, verdict, reasons)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        contract.id,
        contract.review_round,
        stage,
        reviewer_id,
        given.verdict,
        given.reasons,
    )


async def next_number(conn: Connection, series: str) -> int:
    """The next number of a series without gaps; the series waits until this act is over."""
    number: int = await conn.fetchval("SELECT next_number($1)", series)
    return number


async def number_prefix_of(conn: Connection, unit_id: UUID) -> str:
    prefix: str = await conn.fetchval(
        "SELECT number_prefix FROM organisation WHERE id = $1", unit_id
    )
    return prefix


async def fix_parts(conn: Connection, contract_id: UUID, figures: Figures) -> None:
    """The figures of milestones and instalments as they are signed."""
    await conn.execute(
        """UPDATE milestone SET net_minor = s.net, vat_minor = s.vat, owner_minor = s.owner
           FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
               AS s (net, vat, owner, position)
           WHERE contract_id = $1 AND milestone.position = s.position""",
        contract_id,
        *_columns_of(figures.milestones),
    )
    await conn.execute(
        """UPDATE instalment SET net_minor = s.net, vat_minor = s.vat, owner_minor = s.owner
           FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
               AS s (net, vat, owner, position)
           WHERE contract_id = $1 AND instalment.position = s.position""",
        contract_id,
        *_columns_of(figures.instalments),
    )


def _columns_of(shares: Sequence[Share]) -> tuple[list[int], list[int], list[int]]:
    return (
        [share.net_minor for share in shares],
        [share.vat_minor for share in shares],
        [share.owner_minor for share in shares],
    )


async def approve_contract(
    conn: Connection, contract: Contract, *, to: ContractState, number: str, figures: Figures
) -> Contract:
    """Fix the figures and give the number; from here on the terms stand still."""
    record = await conn.fetchrow(
        f"""UPDATE contract SET state = $3, number = $4, exempt = $5, vat_rule_id = $6,
                vat_ppm = $7, net_minor = $8, vat_minor = $9, owner_minor = $10,
                vat_policy_id = $11, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Contract)}""",
        contract.id,
        contract.state,
        to,
        number,
        figures.rate.exempt,
        figures.rate.rule_id,
        figures.rate.vat_ppm,
        figures.whole.net_minor,
        figures.whole.vat_minor,
        figures.whole.owner_minor,
        figures.rate.policy.id,
    )
    return one(Contract, record)


async def template(conn: Connection, name: str, language: str) -> Template:
    """The newest wording of a class, or of the frame."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Template)} FROM contract_template
            WHERE class = $1 AND language = $2 ORDER BY number DESC LIMIT 1""",
        name,
        language,
    )
    return one(Template, record)


async def insert_text(
    conn: Connection, contract_id: UUID, template_id: UUID, frame_id: UUID, body: bytes
) -> str:
    """The hash of the text, in hexadecimal."""
    sha256: str = await conn.fetchval(
        """INSERT INTO contract_text (contract_id, template_id, frame_id, body, sha256)
           VALUES ($1, $2, $3, $4, sha256($4)) RETURNING encode(sha256, 'hex')""",
        contract_id,
        template_id,
        frame_id,
        body,
    )
    return sha256


async def find_text(conn: Connection, contract_id: UUID) -> Text | None:
    record = await conn.fetchrow(
        "SELECT body, encode(sha256, 'hex') FROM contract_text WHERE contract_id = $1",
        contract_id,
    )
    return Text(*record) if record else None


async def authorities_of(
    conn: Connection, person_id: UUID, organisation_id: UUID
) -> list[Authority]:
    """The confirmed authorities of a signatory, the widest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Authority)} FROM signing_authority
            WHERE person_id = $1 AND organisation_id = $2 AND state = 'confirmed'
            ORDER BY ceiling_minor DESC NULLS FIRST, id""",
        person_id,
        organisation_id,
    )
    return [Authority(*record) for record in records]


async def insert_signature(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    party: Party,
    authority_id: UUID,
    given: SignatureInput,
    address: str,
) -> None:
    await conn.execute(
        """INSERT INTO signature (contract_id, party, organisation_id, signer_id, authority_id,
                                  method, file_id, text_sha256, address)
           VALUES ($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'), $9)""",
        contract_id,
        party,
        actor.organisation_id,
        actor.person_id,
        authority_id,
        given.method,
        given.file_id,
        given.text_sha256,
        address,
    )


async def signings_of(conn: Connection, contract_id: UUID) -> list[Signing]:
    """Every signature with its names; only the system reads those of both parties."""
    records = await conn.fetch(
        """SELECT s.party, o.name_zh, p.name, a.kind, a.to_on, s.method,
                  encode(s.text_sha256, 'hex'), s.signed_at
           FROM signature s
           JOIN organisation o ON o.id = s.organisation_id
           JOIN person p ON p.id = s.signer_id
           JOIN signing_authority a ON a.id = s.authority_id
           WHERE s.contract_id = $1 ORDER BY s.id""",
        contract_id,
    )
    return [Signing(*record) for record in records]


async def set_due(conn: Connection, dues: Mapping[UUID, Due]) -> None:
    """The days on which milestones of a locked contract are due, now that it is in force."""
    if not dues:
        return
    await conn.execute(
        """UPDATE milestone m SET due_on = d.due_on, due_provisional = d.provisional,
               version = m.version + 1
           FROM unnest($1::uuid[], $2::date[], $3::boolean[]) AS d (id, due_on, provisional)
           WHERE m.id = d.id""",
        list(dues),
        [due.day for due in dues.values()],
        [due.provisional for due in dues.values()],
    )


async def activate_contract(
    conn: Connection, contract: Contract, *, to: ContractState, on: date, term: Due
) -> Contract:
    record = await conn.fetchrow(
        f"""UPDATE contract SET state = $3, effective_on = $4, term_ends_on = $5,
                term_provisional = $6, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Contract)}""",
        contract.id,
        contract.state,
        to,
        on,
        term.day,
        term.provisional,
    )
    return one(Contract, record)
