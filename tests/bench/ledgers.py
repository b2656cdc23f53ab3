"""The cells of the ledger in SQL alone: our function and pgledger's, called alike."""

from __future__ import annotations

from typing import Final

from tests.bench.measure import Cell, Contender
from tests.bench.pgbench import Script
from tests.bench.place import LIMIT, PGLEDGER
from tests.bench.world import BARE_CAUSE, World

ACCOUNTS: Final = 1000
AT_ONCE: Final = 1000
ANY: Final = f"random(1, {ACCOUNTS})"
TALLY: Final = ("contribution_receivable", "contribution_payable")
KEPT: Final = ("contribution_receivable", "customer_credit")


def cells(about: World, *, with_pgledger: bool) -> list[Cell]:
    """Single: between two of a thousand accounts, of ours tally ones, as nearly all are.

    Hot: always into the same account, of ours one whose balance is kept under its lock, or a tally
    one. At once: a thousand of the single ones in one call.
    """

    def cell(name: str, ours: Script, **theirs: Script) -> Cell:
        named: dict[str, Contender] = {who.replace("_", " "): one for who, one in theirs.items()}
        return Cell(name, {"ours": ours, **named} if with_pgledger else {"ours": ours})

    single, hot = _theirs(ANY), _theirs("1")
    return [
        cell("ledger, single", _ours(about, ANY, TALLY), pgledger=single),
        cell("ledger, hot account", _ours(about, "1", KEPT), pgledger=hot),
        cell("ledger, hot tally account", _ours(about, "1", TALLY), pgledger=hot),
        cell(
            f"ledger, {AT_ONCE:,} at once",
            _ours_at_once(about),
            pgledger=_theirs_at_once(),
            pgledger_one_by_one=single,
        ),
    ]


def _ours(about: World, credited: str, kinds: tuple[str, str]) -> Script:
    debit, credit = kinds
    return Script(
        f"""\\set d random({ACCOUNTS + 1}, {2 * ACCOUNTS})
\\set c {credited}
\\set k random(1, 9000000000000000000)
SELECT public_id FROM ledger_post('{BARE_CAUSE}' || chr(58) || :k, '{about.unit.id}'::uuid, \
'{about.today}'::date, ARRAY['{debit}'], ARRAY[{_subject(":d")}], ARRAY['{credit}'], \
ARRAY[{_subject(":c")}], ARRAY[1::bigint], ARRAY['CNY']);
""",
        database=LIMIT,
        settings=_acting(about),
    )


def _theirs(credited: str) -> Script:
    return Script(
        f"""\\set d random({ACCOUNTS + 1}, {2 * ACCOUNTS})
\\set c {credited}
SELECT id FROM pgledger_create_transfer({_named(":d")}, {_named(":c")}, 1);
""",
        database=PGLEDGER,
        role="postgres",
    )


def _ours_at_once(about: World) -> Script:
    debit, credit = TALLY
    each = f"""SELECT array_agg('{BARE_CAUSE}' || chr(58) || :k || '-' || n) AS causes,
array_agg('{about.today}'::date) AS days, array_agg(n) AS places,
array_agg('{debit}'::text) AS debits, array_agg({_subject(f"{ACCOUNTS} + {CHANCE}")}) AS debited,
array_agg('{credit}'::text) AS credits, array_agg({_subject(CHANCE)}) AS credited,
array_agg(1::bigint) AS amounts, array_agg('CNY'::text) AS currencies
FROM generate_series(1, {AT_ONCE}) AS n"""
    return Script(
        f"""\\set k random(1, 9000000000000000000)
SELECT count(r.place) FROM ({each}) AS e CROSS JOIN LATERAL ledger_post_many(\
'{about.unit.id}'::uuid, e.causes, e.days, e.places, e.debits, e.debited, e.credits, e.credited, \
e.amounts, e.currencies) AS r;
""".replace("\n", " ").replace("SELECT count", "\nSELECT count", 1),
        database=LIMIT,
        settings=_acting(about),
        times=AT_ONCE,
    )


def _theirs_at_once() -> Script:
    each = f"({_named(f'{ACCOUNTS} + {CHANCE}')}, {_named(CHANCE)}, 1)::transfer_request"
    return Script(
        f"SELECT count(*) FROM pgledger_create_transfers(ARRAY(SELECT {each} "
        f"FROM generate_series(1, {AT_ONCE})), NULL, NULL);\n",
        database=PGLEDGER,
        role="postgres",
        times=AT_ONCE,
    )


# One of a thousand, another for each row.
CHANCE: Final = f"(1 + floor(random() * {ACCOUNTS}))::integer"
MADE_UP: Final = "00000000-0000-7000-9000-"


def _acting(about: World) -> tuple[tuple[str, str], ...]:
    return (("market.actor", str(about.finance.person_id)),)


def _subject(number: str) -> str:
    return f"('0000000000007000900' || lpad(({number})::text, 13, '0'))::uuid"


def _named(number: str) -> str:
    return f"'pgla_' || lpad(({number})::text, 26, '0')"


# So that nobody opens an account while it is measured.
ACCOUNTS_SQL: Final = f"""INSERT INTO account (books, kind, subject, currency, controlled)
    SELECT b.books, k.kind, {_subject("n")}, 'CNY', k.controlled
    FROM (SELECT DISTINCT books FROM account) AS b, generate_series(1, {2 * ACCOUNTS}) AS n,
        account_kind k
    WHERE k.kind IN ('contribution_receivable', 'contribution_payable', 'customer_credit')"""
# Accounts as pgledger makes them, under names that pgbench can reckon.
PGLEDGER_ACCOUNTS_SQL: Final = f"""INSERT INTO pgledger_accounts (id, name, currency,
    allow_negative_balance, allow_positive_balance, created_at, updated_at)
    SELECT {_named("n")}, 'account ' || n, 'CNY', true, true, now(), now()
    FROM generate_series(1, {2 * ACCOUNTS}) AS n"""
# What must hold afterwards: money only moves, and every transfer has two entries.
PGLEDGER_HOLDS_SQL: Final = """SELECT (SELECT sum(balance) FROM pgledger_accounts) = 0
    AND (SELECT count(*) FROM pgledger_entries) = 2 * (SELECT count(*) FROM pgledger_transfers)"""
