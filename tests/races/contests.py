"""The acts that many try at once on the same object, each with those who may do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.db import Connection
from tests.world import contracts, identity, invoicing, money, performance


class Contest(NamedTuple):
    """One request that everybody sends: ``event`` is recorded once when it takes effect.

    ``rivals`` may do it as well; ``about`` is the object, or None when the act makes it.
    """

    method: str
    path: str
    sent: dict[str, Any]
    owner: Actor
    rivals: tuple[Actor, ...]
    event: str
    about: UUID | None


Prepare = Callable[[Connection], Awaitable[Contest]]


async def signing(conn: Connection) -> Contest:
    deal = await contracts.sign(conn, await contracts.approved(conn), "provider")
    rival = await contracts.signatory(conn, deal.cast.enterprise)
    return Contest(
        "PUT",
        f"/v1/contracts/{deal.contract.id}/signatures/buyer",
        {"json": {"text_sha256": deal.contract.text_sha256}},
        deal.cast.buyer_signatory,
        (rival,),
        "contract.activated",
        deal.contract.id,
    )


async def approving(conn: Connection) -> Contest:
    deal = await contracts.submitted(conn)
    deal = await contracts.reviewed(conn, deal, "technical", "finance")
    rival = await identity.person(conn, deal.cast.unit, Role.LEADER)
    return Contest(
        "PUT",
        f"/v1/contracts/{deal.contract.id}/reviews/leader",
        {"json": {"verdict": "pass"}},
        deal.cast.leader,
        (rival,),
        "contract.approved",
        deal.contract.id,
    )


async def accepting(conn: Connection) -> Contest:
    deal = await invoicing.fw01(conn)
    await performance.deliver(conn, deal)
    rival = await identity.person(conn, deal.enterprise, Role.BUYER)
    milestone = performance.milestones(deal)[0]
    return Contest(
        "PUT",
        f"/v1/milestones/{milestone}/acceptance",
        {"json": msgspec.to_builtins(performance.certificate())},
        deal.buyer,
        (rival,),
        "milestone.accepted",
        milestone,
    )


async def issuing(conn: Connection) -> Contest:
    deal = await invoicing.fw01(conn)
    rival = await identity.person(conn, deal.unit, Role.FINANCE)
    return Contest(
        "POST",
        f"/v1/instalments/{deal.instalments[0].id}/invoices",
        {},
        deal.finance,
        (rival,),
        "invoice.issued",
        None,
    )


async def matching(conn: Connection) -> Contest:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    bank = await money.bank(conn, deal)
    line = money.Line(invoice.amount_minor, deal.enterprise.name_zh)
    taken = await money.imported(conn, bank, [line])
    rival = await identity.person(conn, deal.unit, Role.FINANCE)
    given = {"invoice_id": str(invoice.id), "amount_minor": invoice.amount_minor}
    return Contest(
        "POST",
        f"/v1/bank-lines/{taken.outcomes[0].line_id}/match",
        {"json": {"allocations": [given]}},
        deal.finance,
        (rival,),
        "bank_line.matched",
        taken.outcomes[0].line_id,
    )


async def importing(conn: Connection) -> Contest:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    bank = await money.bank(conn, deal)
    paid = money.Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
    file = await money.csv_file(conn, bank, [paid, money.Line(77_00)])
    rival = await identity.person(conn, deal.unit, Role.FINANCE)
    return Contest(
        "POST",
        f"/v1/bank-accounts/{bank.account.id}/statements",
        {"files": {"file": ("明细.csv", file, "text/csv")}},
        deal.finance,
        (rival,),
        "statement.imported",
        None,
    )


async def taking_back(conn: Connection) -> Contest:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    taken = await money.imported(conn, bank, [money.Line(77_00), money.Line(-8_00)])
    proposed = await money.retraction(conn, bank, taken)
    rival = await identity.person(conn, deal.unit, Role.LEADER)
    return Contest(
        "PUT",
        f"/v1/statement-retractions/{proposed.id}/approval",
        {},
        deal.leader,
        (rival,),
        "statement_retraction.approved",
        proposed.id,
    )


CONTESTS: Final[dict[str, Prepare]] = {
    "sign": signing,
    "approve": approving,
    "accept": accepting,
    "issue_invoice": issuing,
    "match": matching,
    "import": importing,
    "take_back": taking_back,
}
