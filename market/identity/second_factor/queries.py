"""SQL of devices and recovery codes: everybody's own, and the system's."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Role
from market.base.db import Connection, columns, one
from market.identity.second_factor.model import Factor, FactorState


async def insert_factor(conn: Connection, person_id: UUID) -> Factor:
    record = await conn.fetchrow(
        f"""INSERT INTO second_factor (person_id, state) VALUES ($1, 'pending')
            RETURNING {columns(Factor)}""",
        person_id,
    )
    return one(Factor, record)


async def lock_factors(conn: Connection, person_id: UUID) -> dict[str, Factor]:
    """The person's devices that count, by state: one that waits to be confirmed, one in use."""
    records = await conn.fetch(
        f"""SELECT {columns(Factor)} FROM second_factor
            WHERE person_id = $1 AND state IN ('pending', 'enabled') ORDER BY id FOR UPDATE""",
        person_id,
    )
    return {factor.state: factor for factor in (Factor(*record) for record in records)}


async def factors_of(conn: Connection, person_id: UUID) -> dict[str, Factor]:
    records = await conn.fetch(
        f"""SELECT {columns(Factor)} FROM second_factor
            WHERE person_id = $1 AND state IN ('pending', 'enabled')""",
        person_id,
    )
    return {factor.state: factor for factor in (Factor(*record) for record in records)}


async def is_any_enabled(conn: Connection) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM second_factor WHERE state = 'enabled')"
    )
    return found


async def set_state(conn: Connection, factor: Factor, *, to: FactorState) -> Factor:
    record = await conn.fetchrow(
        f"""UPDATE second_factor SET state = $3, version = version + 1,
                   enabled_at = CASE WHEN $3 = 'enabled' THEN market_now() ELSE enabled_at END
            WHERE id = $1 AND state = $2 RETURNING {columns(Factor)}""",
        factor.id,
        factor.state,
        to,
    )
    return one(Factor, record)


async def use_step(conn: Connection, factor: Factor, step: int) -> Factor | None:
    """Note whose code was accepted; None for a step that is not after the last one."""
    record = await conn.fetchrow(
        f"""UPDATE second_factor SET last_step = $2, version = version + 1
            WHERE id = $1 AND last_step < $2 RETURNING {columns(Factor)}""",
        factor.id,
        step,
    )
    return Factor(*record) if record else None


async def insert_recovery_codes(conn: Connection, factor_id: UUID, hashes: list[bytes]) -> None:
    await conn.execute(
        """INSERT INTO recovery_code (second_factor_id, number, code_hash)
           SELECT $1, number, code_hash
           FROM unnest($2::bytea[]) WITH ORDINALITY AS given (code_hash, number)""",
        factor_id,
        hashes,
    )


async def use_recovery_code(conn: Connection, factor_id: UUID, code_hash: bytes) -> int | None:
    """Use one up; its number, or None when there is no such code left."""
    number: int | None = await conn.fetchval(
        """UPDATE recovery_code SET used_at = market_now()
           WHERE second_factor_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING number""",
        factor_id,
        code_hash,
    )
    return number


async def recovery_codes_left(conn: Connection, factor_id: UUID) -> int:
    left: int = await conn.fetchval(
        "SELECT count(*) FROM recovery_code WHERE second_factor_id = $1 AND used_at IS NULL",
        factor_id,
    )
    return left


async def required(conn: Connection, person_id: UUID) -> tuple[list[Role], date | None]:
    """Which of the person's roles ask for a second factor, and from which day on."""
    record = await conn.fetchrow(
        """SELECT coalesce(array_agg(DISTINCT g.role), '{}'),
                  min(greatest(g.from_on, r.since) + r.grace_days)
           FROM role_grant g, second_factor_rule(g.organisation_id) r
           WHERE g.person_id = $1 AND g.state = 'approved' AND g.role = ANY (r.roles)
             AND holds_on(market_today(), g.from_on, g.to_on)""",
        person_id,
    )
    assert record is not None, "an aggregate is one row"
    return [Role(role) for role in record[0]], record[1]
