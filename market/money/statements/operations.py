"""Taking statements in: proved against the account, each line once, posted on the bank account.

The import of a file is an act of matching; it calls ``read_file`` before its transaction and
``take_in`` inside it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from market.base import clock, db, events, file_types, files, text
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.file_types import MediaType
from market.base.files import Upload
from market.ledger.model import READERS, NotAReader, may_read
from market.money.statements import bank_lines, chain, formats, model, queries, restating
from market.money.statements.accounts import model as accounts
from market.money.statements.accounts import queries as account_queries
from market.money.statements.accounts.model import AccountState, BankAccount
from market.money.statements.formats import checks
from market.money.statements.formats.model import Mapping, ReadStatement
from market.money.statements.mappings import queries as mapping_queries
from market.money.statements.model import Restated, Statement, TakenIn

BATCH: Final = 1_000
T = TypeVar("T")


async def mappings_for(conn: Connection, actor: Actor, account_id: UUID) -> list[Mapping]:
    """What a file for the account is read with; refused before any byte of it is read.

    Raises NotFound to a stranger, ImportNeedsFinance, AccountNotApproved.
    """
    async with db.look(conn, actor):
        account = await account_queries.find_account(conn, actor, account_id)
        _may_import(actor, account)
        found = await mapping_queries.mappings_of(conn, actor, account.books_unit_id)
    return [row.mapping for row in found]


def type_of(path: Path, name: str) -> MediaType:
    """The type of a statement's file, with advice for statements where it is none.

    What is wrong with an XML is told by its reader. Raises OldWorkbook, FileUnknown, FileEmpty,
    EncodingUnknown, and what ``file_types.type_of`` raises.
    """
    head = file_types.head_of(path)
    kind = formats.sniff(head, name)
    if kind == "camt.053":
        return file_types.as_named(MediaType.XML, name)
    if kind in ("csv", "mt940") and b"\x00" in head:  # UTF-16, as spreadsheets call "Unicode text"
        raise file_types.EncodingUnknown(name=name)
    return file_types.type_of(path, name)


async def read_file(
    path: Path, name: str, mappings: Sequence[Mapping], encoding: str | None
) -> list[ReadStatement]:
    """The statements of a file, read in a thread, outside any transaction.

    Raises what the readers refuse.
    """
    data = await asyncio.to_thread(path.read_bytes)
    return await asyncio.to_thread(formats.read, data, name, mappings, encoding)


def _may_import(actor: Actor, account: BankAccount) -> None:
    require(accounts.may_keep(actor, account.books_unit_id), model.ImportNeedsFinance)
    require(account.state == AccountState.APPROVED, accounts.AccountNotApproved)


async def take_in(
    conn: Connection, actor: Actor, account_id: UUID, upload: Upload, read: Sequence[ReadStatement]
) -> TakenIn:
    """Keep the file, add the lines that are new, post each on the bank against suspense.

    The same file again changes nothing, and tells again what it says anew. Raises what
    ``mappings_for`` raises, OtherAccount, OtherCurrency, DatesAhead, NamelessKnown,
    KnownFromNameless, and what ``chain.require_chain`` raises.
    """
    async with db.act(conn, actor):
        account = await account_queries.lock_account(conn, actor, account_id)
        _may_import(actor, account)
        known = await queries.statements_of_file(conn, account_id, upload.sha256)
        in_time = sorted(read, key=lambda one: (one.from_on, one.until_on))
        if known:
            anew = [each for one in in_time for each in await _said_anew(conn, account, one)]
            return TakenIn(known, 0, repeated=True, restated=anew)
        _belongs(account, read, await clock.today(conn))
        await _require_nowhere_else(conn, account, read)
        file = await files.store(conn, actor, upload, for_roles=READERS)
        statements, restated = [], []
        for position, one in enumerate(in_time, start=1):
            statement, says_anew = await _take_one(
                conn, actor, account, one, file.id, upload.sha256, position
            )
            statements.append(statement)
            restated += says_anew
    new_count = sum(one.new_lines for one in statements)
    return TakenIn(statements, new_count, repeated=False, restated=restated)


def _belongs(account: BankAccount, read: Sequence[ReadStatement], today: date) -> None:
    """The file is of this account, in its currency, and of no day to come."""
    own = text.squeezed(account.number)
    for one in read:
        require(
            _named(one, account) in ("", own),
            model.OtherAccount(found=one.account, expected=account.number),
        )
        require(
            one.currency == account.currency,
            model.OtherCurrency(found=one.currency, expected=account.currency),
        )
        last = max([line.booked_on for line in one.lines], default=one.from_on)
        require(last <= today, model.DatesAhead(found=last, today=today))


def _named(read: ReadStatement, account: BankAccount) -> str:
    """The number of the account that the file itself tells; empty where it tells none.

    One that hides digits (6222****1234) tells none either, if it shows the account's own.
    """
    found = text.squeezed(accounts.bare(read.account))
    shown = ".*".join(re.escape(part) for part in re.split(r"\*+", found))
    fits = "*" in found and re.fullmatch(shown, text.squeezed(account.number)) is not None
    return "" if fits else found


async def _require_nowhere_else(
    conn: Connection, account: BankAccount, read: Sequence[ReadStatement]
) -> None:
    """A line is of one account, in whatever bytes; else it would be counted twice.

    What names no account is held against all that is known, what names its own against what came
    from files that named none.
    """
    nameless = not all(_named(one, account) for one in read)
    await queries.lock_books(conn, account, nameless=nameless)
    refusal = model.NamelessKnown if nameless else model.KnownFromNameless
    for other in await queries.accounts_beside(conn, account, nameless=nameless):
        for one in read:
            if one.lines and await _is_known_of(conn, other, one):
                raise refusal(name=other.name, number=other.number)


async def _is_known_of(conn: Connection, account: BankAccount, read: ReadStatement) -> bool:
    """Whether the account has one of the lines: by amount and balance, or word for word.

    Exports of one account differ in their words, but two accounts hardly ever come to the same
    balance by the same amount on the same day.
    """
    keys = await asyncio.to_thread(checks.line_keys, read, account.number)
    lines = await bank_lines.known_lines(conn, account.id, [line.booked_on for line in read.lines])
    told = {one.key: one.balance_after_minor for one in lines}
    reached = {(one.booked_on, one.amount_minor, one.balance_after_minor) for one in lines}
    for key, line in zip(keys, read.lines, strict=True):
        balance = line.balance_after_minor
        if balance is not None and (line.booked_on, line.amount_minor, balance) in reached:
            return True
        if key in told and (balance is None or told[key] is None):
            return True
    return False


async def _take_one(
    conn: Connection,
    actor: Actor,
    account: BankAccount,
    read: ReadStatement,
    file_id: UUID,
    sha256: str,
    position: int,
) -> tuple[Statement, list[Restated]]:
    keys = await asyncio.to_thread(checks.line_keys, read, account.number)
    known = await bank_lines.known_lines(conn, account.id, [line.booked_on for line in read.lines])
    by_key = {line.key: line for line in known}
    keyed = list(zip(keys, read.lines, strict=True))
    new = [(key, line) for key, line in keyed if key not in by_key]
    statement = await queries.insert_statement(
        conn,
        actor,
        account,
        read,
        file_id=file_id,
        sha256=sha256,
        position=position,
        first_on=_first_day(read),
        new_lines=len(new),
        nameless=not _named(read, account),
    )
    for batch in _batches(new):
        await bank_lines.insert_lines(conn, statement, batch)
    added_to = chain.days_added_to(new, keys, known)
    await chain.require_chain(conn, account, statement, added_to, known)
    await events.record(
        conn,
        actor,
        "statement.imported",
        about=statement,
        move=("import", None),
        changed={"bank_account_id": account.id, "file_id": file_id},
    )
    await _post_lines(conn, statement)
    return statement, list(restating.restated(keyed, by_key))


async def _said_anew(conn: Connection, account: BankAccount, read: ReadStatement) -> list[Restated]:
    """What a file that was taken in says of lines that other files brought."""
    keys = await asyncio.to_thread(checks.line_keys, read, account.number)
    known = await bank_lines.known_lines(conn, account.id, [line.booked_on for line in read.lines])
    keyed = list(zip(keys, read.lines, strict=True))
    return list(restating.restated(keyed, {line.key: line for line in known}))


def _first_day(read: ReadStatement) -> date:
    """The day before which the opening balance held."""
    after_last = read.until_on + timedelta(days=1)
    return min([line.booked_on for line in read.lines], default=after_last)


def _batches(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


async def _post_lines(conn: Connection, statement: Statement) -> None:
    """Each new line once: bank against suspense on the day on which the bank booked it."""
    for done in range(0, statement.lines, BATCH):
        places = done + 1, done + BATCH
        await queries.record_imported(conn, statement, *places)
        await bank_lines.post_lines(conn, statement, *places)


async def find_statement(conn: Connection, actor: Actor, statement_id: UUID) -> Statement:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        statement = await queries.find_statement(conn, actor, statement_id)
        require(may_read(actor), NotAReader)
    return statement


async def list_statements(
    conn: Connection, actor: Actor, account_id: UUID, *, after: UUID | None, limit: int
) -> list[Statement]:
    """Raises as ``find_statement`` does."""
    account = await account_queries.find_account(conn, actor, account_id)
    require(may_read(actor), NotAReader)
    return await queries.statements(conn, actor, account.id, after=after, limit=limit)
