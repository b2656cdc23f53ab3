"""Bank accounts, statement files and what is done with their lines, for tests.

``bank = await money.bank(conn, deal)``, then ``await money.imported(conn, bank, [money.line(…)])``.
Files are real: a bank's CSV in GB18030, read by the readers and kept on a shelf.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from market.base import clock, db, files
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.files import Shelf
from market.identity.organisations.model import Organisation
from market.ledger import queries as ledger
from market.ledger.model import Account
from market.money.payments import operations as payments
from market.money.payments.model import Allocation, CreditUse
from market.money.payments.opening_items.model import ItemGiven
from market.money.reconciliation.matching import operations, reading, statement_files
from market.money.reconciliation.matching.model import AllocationGiven, Match, Matching, RestGiven
from market.money.reconciliation.matching.reading import FullLine, Import, InSuspense
from market.money.reconciliation.retractions import operations as retractions
from market.money.reconciliation.retractions.model import Retraction
from market.money.statements import operations as statements
from market.money.statements.accounts import operations as accounts
from market.money.statements.accounts.model import BankAccount, NewBankAccount
from tests.world import identity
from tests.world.invoicing import Deal

numbers: Final = count(1)
OPENING_MINOR: Final = 50_000_00
HEADER: Final = [
    "交易日期", "凭证号", "对方账号", "对方户名", "借方发生额", "贷方发生额", "余额", "摘要",
    "附言",
]  # fmt: skip


class Bank(NamedTuple):
    """An approved account of a unit, its finance and its leader."""

    account: BankAccount
    finance: Actor
    leader: Actor


class Line(NamedTuple):
    """One movement; money out is below zero. ``days_ago`` counts from today."""

    amount_minor: int
    name: str = "不详"
    remark: str = ""
    days_ago: int = 0
    reference: str = ""


async def bank(conn: Connection, deal: Deal) -> Bank:
    """An account of the unit that provides the deal."""
    return await bank_of(conn, deal.unit, deal.finance, deal.leader)


async def unit_bank(conn: Connection) -> Bank:
    """An account of a new unit."""
    unit = await identity.unit(conn)
    finance = await identity.person(conn, unit, Role.FINANCE)
    return await bank_of(conn, unit, finance, await identity.person(conn, unit, Role.LEADER))


async def bank_of(conn: Connection, unit: Organisation, finance: Actor, leader: Actor) -> Bank:
    proposed = await accounts.propose_account(conn, finance, unit.id, new_account(unit.name_zh))
    approved = await accounts.approve_account(conn, leader, proposed.id)
    return Bank(approved, finance, leader)


def new_account(name: str = "锦川市职工技术协会") -> NewBankAccount:
    return NewBankAccount(name=name, bank="中国工商银行", number=f"4402 2080 {next(numbers):08d}")


async def proposed_account(conn: Connection, deal: Deal) -> BankAccount:
    """One of the unit that nobody has approved."""
    new = new_account(deal.unit.name_zh)
    return await accounts.propose_account(conn, deal.finance, deal.unit.id, new)


async def retraction(conn: Connection, bank: Bank, taken: Import) -> Retraction:
    """Finance asks for an import of the account to be taken back."""
    return await retractions.propose_retraction(
        conn, bank.finance, taken.statements[0].id, "误导入，应为另一账户的对账单"
    )


async def taken_back(conn: Connection, bank: Bank, taken: Import) -> Retraction:
    proposed = await retraction(conn, bank, taken)
    return await retractions.approve_retraction(conn, bank.leader, proposed.id)


async def second_account(conn: Connection, bank: Bank) -> Bank:
    """Another account of the same books, with the same people."""
    proposed = await accounts.propose_account(
        conn, bank.finance, bank.account.books_unit_id, new_account()
    )
    return bank._replace(account=await accounts.approve_account(conn, bank.leader, proposed.id))


async def nameless_file(conn: Connection, bank: Bank, lines: Sequence[Line], **how: Any) -> bytes:
    """An export that does not tell of which account it is."""
    data = await csv_file(conn, bank, lines, **how)
    return data.split(b"\r\n", 1)[1]


async def csv_file(
    conn: Connection,
    bank: Bank,
    lines: Sequence[Line],
    *,
    opening_minor: int = OPENING_MINOR,
    encoding: str = "gb18030",
    closing_off_by: int = 0,
    tells_balances: bool = True,
) -> bytes:
    """A bank's export with preamble, running balance and closing balance."""
    today = await clock.today(conn)
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write(["账号", bank.account.number, "户名", bank.account.name, "币种", "人民币"])
    write(["起始余额", yuan(opening_minor)])
    write(HEADER)
    balance = opening_minor
    for one in lines:
        balance += one.amount_minor
        on = today - timedelta(days=one.days_ago)
        sides = ["", yuan(one.amount_minor)]
        if one.amount_minor < 0:
            sides = [yuan(-one.amount_minor), ""]
        reached = yuan(balance) if tells_balances else ""
        row = [f"{on:%Y-%m-%d}", one.reference, "6222001", one.name, *sides, reached]
        write([*row, "转账", one.remark])
    write(["期末余额", yuan(balance + closing_off_by)])
    return out.getvalue().encode(encoding)


def yuan(amount_minor: int) -> str:
    whole, fen = divmod(abs(amount_minor), 100)
    return f"{'-' if amount_minor < 0 else ''}{whole:,}.{fen:02d}"


async def imported(conn: Connection, bank: Bank, lines: Sequence[Line], **how: Any) -> Import:
    """The lines come as a file of the bank, imported by finance."""
    return await import_bytes(conn, bank, await csv_file(conn, bank, lines, **how))


async def import_bytes(
    conn: Connection,
    bank: Bank,
    data: bytes,
    *,
    name: str = "明细.csv",
    by: Actor | None = None,
    encoding: str | None = None,
) -> Import:
    """A file as the door takes it in: mappings, shelf, readers, act."""
    actor = by or bank.finance
    mappings = await statements.mappings_for(conn, actor, bank.account.id)

    async def content() -> AsyncIterator[bytes]:
        yield data

    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder), limit_bytes=5_000_000)
        async with files.receive(shelf, name, content()) as upload:
            read = await statements.read_file(upload.path, upload.name, mappings, encoding)
            return await statement_files.import_file(conn, actor, bank.account.id, upload, read)


def allocation(invoice_id: UUID, amount_minor: int, charge_minor: int = 0) -> AllocationGiven:
    return AllocationGiven(
        invoice_id=invoice_id, amount_minor=amount_minor, charge_minor=charge_minor
    )


async def matched(
    conn: Connection,
    actor: Actor,
    line_id: UUID,
    *allocations: AllocationGiven,
    rest: RestGiven | None = None,
) -> Match:
    terms = Matching(allocations=list(allocations), rest=rest)
    return await operations.match_by_hand(conn, actor, line_id, terms)


async def paid(conn: Connection, deal: Deal, invoice_id: UUID, amount_minor: int) -> Match:
    """The buyer transfers so much for an invoice today, onto an account of its own."""
    line = Line(amount_minor, deal.enterprise.name_zh)
    [outcome] = (await imported(conn, await bank(conn, deal), [line])).outcomes
    return await matched(conn, deal.finance, outcome.line_id, allocation(invoice_id, amount_minor))


async def items_matched(
    conn: Connection,
    actor: Actor,
    line_id: UUID,
    *given: tuple[UUID, int],
    rest: RestGiven | None = None,
) -> Match:
    """A line pays open items that the books began with."""
    items = [ItemGiven(opening_item_id=item_id, amount_minor=minor) for item_id, minor in given]
    terms = Matching(opening_items=items, rest=rest)
    return await operations.match_by_hand(conn, actor, line_id, terms)


async def item_ids(conn: Connection, books: UUID) -> list[UUID]:
    """What these books began with, the oldest first."""
    async with db.act(conn, SYSTEM):
        rows = await conn.fetch(
            "SELECT id FROM opening_item WHERE books_unit_id = $1 ORDER BY dated_on, id", books
        )
    return [row[0] for row in rows]


def rest(to: str, amount_minor: int, **names: UUID) -> RestGiven:
    return msgspec.convert({"to": to, "amount_minor": amount_minor, **names}, RestGiven)


async def confirmed(conn: Connection, actor: Actor, match: Match) -> Match:
    return await operations.confirm_match(conn, actor, match.id)


async def undone(conn: Connection, actor: Actor, match: Match) -> Match:
    return await operations.undo_match(conn, actor, match.id, "匹配有误")


async def credit_used(
    conn: Connection, actor: Actor, invoice_id: UUID, amount_minor: int
) -> CreditUse:
    return await payments.use_credit(conn, actor, invoice_id, amount_minor)


async def credit_use_undone(conn: Connection, actor: Actor, use: CreditUse) -> CreditUse:
    return await payments.undo_credit_use(conn, actor, use.id, "抵付有误")


async def payments_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[Allocation]:
    return await payments.payments_of(conn, actor, invoice_id)


async def line_of(conn: Connection, actor: Actor, line_id: UUID) -> FullLine:
    return await reading.find_line(conn, actor, line_id)


async def suspense(conn: Connection, actor: Actor) -> list[InSuspense]:
    assert actor.organisation_id is not None
    async with db.look(conn, actor):
        return await reading.list_suspense(
            conn, actor, actor.organisation_id, after=None, limit=100
        )


async def balances(conn: Connection, books: UUID) -> dict[tuple[str, UUID | None], int]:
    """Every account of some books that holds something."""
    async with db.act(conn, SYSTEM):
        found = await ledger.trial_balance(conn, SYSTEM, books, date.max)
    return {(one.kind, one.subject): one.balance_minor for one in found if one.balance_minor}


async def balance(
    conn: Connection, books: UUID, kind: str, subject: UUID | None = None, currency: str = "CNY"
) -> int:
    async with db.act(conn, SYSTEM):
        return await ledger.balance(conn, books, Account(kind, subject), currency)
