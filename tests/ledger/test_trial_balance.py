"""Whatever is posted, the trial balance is the fold of it, and it balances."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, NotAReader, NotEnough
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, customer_credit, leg, receivable

SUBJECTS = [uuid4() for _ in range(3)]
ACCOUNTS = [
    SUSPENSE,
    NET_ASSETS,
    Account("revenue:service"),
    Account("tax_expense"),
    *map(receivable, SUBJECTS),
    *map(customer_credit, SUBJECTS),
]
LEGS = some.builds(
    Leg,
    some.sampled_from(ACCOUNTS),
    some.sampled_from(ACCOUNTS),
    some.integers(0, 10**12),
    some.sampled_from(["CNY", "USD"]),
).filter(lambda made: made.debit != made.credit)
POSTINGS = some.lists(some.lists(LEGS, max_size=5), max_size=8)
LAST_DAY = date(2026, 12, 31)
DEBIT_SIDE = {"receivable", "tax_expense"}


def folded(legs: Sequence[Leg]) -> dict[tuple[str, UUID | None, str], tuple[int, int]]:
    """Debits and credits of each account, by plain arithmetic."""
    turnover: dict[tuple[str, UUID | None, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for made in (made for made in legs if made.amount_minor):
        for account, debit, credit in ((made.debit, 1, 0), (made.credit, 0, 1)):
            key = (account.kind, account.subject, made.currency)
            before = turnover[key]
            turnover[key] = (
                before[0] + debit * made.amount_minor,
                before[1] + credit * made.amount_minor,
            )
    return dict(turnover)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(postings=POSTINGS)
async def test_random_postings_fold_to_the_trial_balance(
    conn: Connection, postings: list[list[Leg]]
) -> None:
    books = (await world.unit(conn)).id
    kept: list[Leg] = []
    for legs in postings:
        try:
            async with db.act(conn, SYSTEM), db.savepoint(conn):
                await ledger.post(conn, books_of.posting(books, *legs))
            kept += legs
        except NotEnough:
            continue
    async with db.act(conn, SYSTEM):
        rows = await ledger.trial_balance(conn, SYSTEM, books, LAST_DAY)
        balances = {
            (row.kind, row.subject, row.currency): await ledger.balance(
                conn, books, Account(row.kind, row.subject), row.currency
            )
            for row in rows
        }
    found = {
        (row.kind, row.subject, row.currency): (row.debit_minor, row.credit_minor) for row in rows
    }
    assert found == folded(kept)
    for (kind, subject, currency), (debit, credit) in found.items():
        usual = debit - credit if kind in DEBIT_SIDE else credit - debit
        assert balances[kind, subject, currency] == usual
        assert kind != "customer_credit" or usual >= 0
    for currency in ("CNY", "USD"):
        of_currency = [row for row in rows if row.currency == currency]
        assert sum(row.debit_minor - row.credit_minor for row in of_currency) == 0
    assert all(row.balance_minor == balances[key] for key, row in zip(found, rows, strict=True))


async def test_the_balance_on_a_day_knows_nothing_of_later_dates(conn: Connection) -> None:
    books = (await world.unit(conn)).id
    for day in (3, 5, 9):
        await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, day), on=date(2026, 3, day))
    async with db.act(conn, SYSTEM):
        rows = await ledger.trial_balance(conn, SYSTEM, books, date(2026, 3, 5))
    assert [(row.kind, row.credit_minor) for row in rows] == [("suspense", 0), ("net_assets", 8)]


async def test_rows_stand_in_the_order_of_the_chart_with_names(conn: Connection) -> None:
    books = (await world.unit(conn)).id
    await books_of.post(conn, books, leg(Account("tax_expense"), SUSPENSE, 1))
    await books_of.post(conn, books, leg(receivable(uuid4()), Account("revenue:service"), 1))
    async with db.act(conn, SYSTEM):
        rows = await ledger.trial_balance(conn, SYSTEM, books, LAST_DAY)
    assert [(row.category, row.name_zh, row.name_en) for row in rows] == [
        ("asset", "应收账款", "Receivable"),
        ("liability", "待查款", "Suspense"),
        ("income", "技术服务收入", "Revenue from service"),
        ("expense", "税金及附加", "Tax expense"),
    ]


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CASHIER, Role.LEADER, Role.AUDITOR])
async def test_those_who_keep_lead_or_audit_read_the_ledger(conn: Connection, role: Role) -> None:
    unit = await world.unit(conn)
    await books_of.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1))
    reader = await world.person(conn, unit, role)
    async with db.act(conn, reader):
        assert len(await ledger.trial_balance(conn, reader, unit.id, LAST_DAY)) == 2


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CLERK, Role.TECH_REVIEWER])
async def test_other_colleagues_do_not(conn: Connection, role: Role) -> None:
    unit = await world.unit(conn)
    colleague = await world.person(conn, unit, role)
    with pytest.raises(NotAReader):
        await ledger.trial_balance(conn, colleague, unit.id, LAST_DAY)


async def test_the_ledger_does_not_exist_for_strangers(conn: Connection) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)
    stranger = await world.person(conn, other, Role.FINANCE)
    buyer = await world.person(conn, await world.enterprise(conn))
    for nobody in (stranger, buyer):
        with pytest.raises(NotFound):
            await ledger.trial_balance(conn, nobody, unit.id, LAST_DAY)
