"""How many statements of their own the busiest acts of money and contracts send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from market.base.db import Connection
from market.trade.performance import operations as acts
from tests.world import contracts, invoicing, money, performance
from tests.world.money import Line

# What opens and joins an act is counted by tests/test_round_trips.py.
FRAME: Final = ("SAVEPOINT", "RELEASE", "SELECT set_config", "ROLLBACK")
MATCH: Final = 12
APPROVE: Final = 26
SIGN: Final = 16
ACCEPT: Final = 15


@contextmanager
def own(conn: Connection) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(query: Any) -> None:
        text = " ".join(query.query.split())
        if not text.startswith(FRAME):
            sent.append(text)

    with conn.query_logger(note):
        yield sent


async def test_a_match_by_hand(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    await invoicing.started(conn, deal)
    paid = Line(invoice.amount_minor, deal.enterprise.name_zh)
    line_id = (await money.imported(conn, bank, [paid])).outcomes[0].line_id
    given = money.allocation(invoice.id, invoice.amount_minor)
    with own(conn) as sent:
        await money.matched(conn, deal.finance, line_id, given)
    assert len(sent) == MATCH, sent


async def test_the_leaders_approval(conn: Connection) -> None:
    deal = await contracts.submitted(conn)
    deal = await contracts.reviewed(conn, deal, "technical", "finance")
    with own(conn) as sent:
        await contracts.reviewed(conn, deal, "leader")
    assert len(sent) == APPROVE, sent


async def test_the_second_signature(conn: Connection) -> None:
    deal = await contracts.approved(conn)
    deal = await contracts.sign(conn, deal, "buyer")
    with own(conn) as sent:
        await contracts.sign(conn, deal, "provider")
    assert len(sent) == SIGN, sent


async def test_the_acceptance_of_a_milestone(conn: Connection) -> None:
    deal = await contracts.signed(conn)
    delivered = await performance.deliver(conn, deal)
    with own(conn) as sent:
        await acts.accept_milestone(conn, deal.cast.buyer, delivered.id, performance.certificate())
    assert len(sent) == ACCEPT, sent
