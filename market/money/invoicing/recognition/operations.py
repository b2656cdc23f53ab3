"""Recording the recognition of a contract by hand."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import clock, db, events, files, words
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import VersionRequired, require_version
from market.money.invoicing.model import ContractNotInForce, is_the_finance
from market.money.invoicing.recognition import model, queries
from market.money.invoicing.recognition.model import Recognition, RecognitionGiven
from market.money.invoicing.recognition.queries import Holder


async def record_recognition(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    given: RecognitionGiven,
    *,
    expected_version: int | None = None,
) -> Recognition:
    """Keep the authority's number, date and paper for a signed contract.

    The same again changes nothing; other content is an edit and needs the version that was read.
    Raises NotFound (contract or file) to a stranger, NotTheFinanceOfTheContract,
    ContractNotInForce, RecognisedInFuture, RecognisedBeforeContract, RecognitionNumberTaken,
    RecognitionInUse, VersionRequired, Stale.
    """
    async with db.act(conn, actor):
        contract = await queries.lock_contract(conn, actor, contract_id)
        require(
            is_the_finance(actor, contract.provider_unit_id, contract.books_unit_id),
            model.NotTheFinanceOfTheContract,
        )
        found = words.state("contract", contract.state)
        require(contract.state in ("active", "completed"), ContractNotInForce(state=found))
        known = await queries.recognition_of(conn, contract_id)
        if known is not None and known.says(given):
            return known
        await _check(conn, actor, contract, given)
        if known is not None:
            await _may_mend(conn, known, expected_version)
        kept = await _keep(conn, actor, contract_id, known, given)
        await events.record(
            conn,
            actor,
            "recognition.recorded" if known is None else "recognition.mended",
            about=kept,
            changed={
                "contract_id": contract_id,
                "file_id": kept.file_id,
                "number": kept.number,
                "recognised_on": kept.recognised_on,
            },
        )
    return kept


async def _keep(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    known: Recognition | None,
    given: RecognitionGiven,
) -> Recognition:
    """The index knows best whether a number is new, whoever comes at the same moment."""
    try:
        async with db.savepoint(conn):
            if known is None:
                return await queries.insert_recognition(conn, actor, contract_id, given)
            return await queries.mend_recognition(conn, actor, known, given)
    except asyncpg.UniqueViolationError as taken:
        raise model.RecognitionNumberTaken(number=given.number, pointer="/number") from taken


async def _check(conn: Connection, actor: Actor, contract: Holder, given: RecognitionGiven) -> None:
    require(
        given.recognised_on <= await clock.today(conn),
        model.RecognisedInFuture(recognised_on=given.recognised_on, pointer="/recognised_on"),
    )
    assert contract.effective_on is not None, "a contract in force has its first day"
    require(
        given.recognised_on >= contract.effective_on,
        model.RecognisedBeforeContract(
            recognised_on=given.recognised_on,
            effective_on=contract.effective_on,
            pointer="/recognised_on",
        ),
    )
    await files.find(conn, actor, given.file_id)


async def _may_mend(conn: Connection, known: Recognition, expected_version: int | None) -> None:
    require(expected_version is not None, VersionRequired)
    require_version(known.version, expected_version)
    require(
        not await queries.stands_under_invoices(conn, known.contract_id), model.RecognitionInUse
    )
