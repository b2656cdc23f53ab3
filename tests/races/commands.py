"""Whatever moves money on an invoice, as a table: who does it, when it can be done, what it books.

A command that is missing here is found by ``test_no_money_command_goes_unraced``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import uuid4

import httpx
import msgspec

from market.base import db
from market.base.access import SYSTEM
from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.db import Connection, Pool
from market.base.events import Event
from market.base.web import KEY_HEADER, csrf_token
from market.money.invoicing.tax_points import operations as tax_points
from market.money.invoicing.tax_points.model import Reason
from market.money.payments.chargebacks import losing
from market.money.payments.online import subscriptions as online
from market.money.payments.stripe_lines import booking
from tests.races import scenes
from tests.races.scenes import AMISS, CARD, CHARGED, CREDIT, LATE, LIVE, MATCHED, USED, Scene
from tests.world import performance

Who = Literal["finance", "leader", "buyer"]
REFUSED: Final = (409, 412, 422)


class Answer(NamedTuple):
    """What whoever acts is told; the worker is told nothing but whether there was anything to do.

    ``code`` is a refusal's.
    """

    status: int
    code: str = ""


class Ring(NamedTuple):
    """The market over HTTP and its worker's pool, on a copy of a scene."""

    client: httpx.AsyncClient
    pool: Pool
    scene: Scene

    async def knock(self, who: Who, method: str, path: str, **sent: Any) -> Answer:
        session = self.scene.session_of(getattr(self.scene.deal, who))
        headers = {
            "cookie": f"{SESSION_COOKIE}={session}",
            CSRF_HEADER: csrf_token(session),
            KEY_HEADER: str(uuid4()),
        }
        answer = await self.client.request(method, path, headers=headers, **sent)
        if answer.is_success:
            return Answer(answer.status_code)
        return Answer(answer.status_code, answer.json()["code"])

    async def work(self, do: Callable[[Connection], Awaitable[object]]) -> Answer:
        done = await db.retrying(self.pool, do)
        return Answer(200 if done is not False else 204)


Run: TypeAlias = Callable[[Ring], Awaitable[Answer]]


class Command(NamedTuple):
    """``operation`` is the route's, or None where the worker acts; ``books`` what it posts.

    ``locks`` are tables in the order in which it locks their rows; ``tells`` is false of what only
    says again what has been done.
    """

    run: Run
    operation: str | None
    books: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    numbers: bool = False
    tells: bool = True

    @property
    def points(self) -> list[str]:
        """Where it can be held while nobody disturbs it, in its order."""
        points = ["nothing is locked", *(f"{table} is locked" for table in self.locks)]
        inside = [
            (bool(self.locks), points),
            (self.numbers, ["a number is taken"]),
            (self.tells and bool(self.books), ["nothing is posted", "it is posted"]),
            (self.tells, ["it is told"]),
        ]
        return [
            *(point for is_there, some in inside if is_there for point in some),
            "nothing is committed",
            "it is committed",
        ]


def _put(who: Who, path: str, id_name: str, **body: object) -> Run:
    return lambda ring: ring.knock(
        who, "PUT", path.format(ring.scene.ids[id_name]), json=body or None
    )


def _start(ring: Ring) -> Awaitable[Answer]:
    asked = {"invoice_ids": [str(ring.scene.invoice_id)]}
    return ring.knock("buyer", "POST", "/v1/online-payments", json=asked)


def _charge(ring: Ring) -> Awaitable[Answer]:
    told, books = ring.scene.charge, ring.scene.deal.unit.id
    assert told is not None
    return ring.work(lambda conn: booking.book(conn, books, told))


def _lose(ring: Ring) -> Awaitable[Answer]:
    told, books = ring.scene.dispute, ring.scene.deal.unit.id
    assert told is not None
    return ring.work(lambda conn: losing.lose(conn, books, told))


def _call_off(ring: Ring) -> Awaitable[Answer]:
    """The job that hears that another sum is open; when, is the queue's affair."""
    heard = Event(
        id=1,
        at=ring.scene.deal.contract.created_at,
        name="invoice.paid",
        actor=SYSTEM.person_id,
        organisation=None,
        subject="invoice",
        subject_id=ring.scene.invoice_id,
        version=2,
        move="pay",
        state_from="open",
        state_to="paid",
        changed={},
    )

    async def hear(conn: Connection) -> None:
        async with db.act(conn, SYSTEM):
            await online.JOBS[online.CALL_OFF](conn, heard)

    return ring.work(hear)


def _match(ring: Ring) -> Awaitable[Answer]:
    given = {"invoice_id": str(ring.scene.invoice_id), "amount_minor": ring.scene.line_minor}
    path = f"/v1/bank-lines/{ring.scene.ids['line']}/match"
    return ring.knock("finance", "POST", path, json={"allocations": [given]})


def _import(ring: Ring) -> Awaitable[Answer]:
    path = f"/v1/bank-accounts/{ring.scene.ids['account']}/statements"
    sent = {"file": ("明细.csv", ring.scene.file, "text/csv")}
    return ring.knock("finance", "POST", path, files=sent)


def _use_credit(ring: Ring) -> Awaitable[Answer]:
    path = f"/v1/invoices/{ring.scene.invoice_id}/credit-uses"
    return ring.knock("finance", "POST", path, json={"amount_minor": scenes.CREDIT_MINOR})


def _issue(ring: Ring) -> Awaitable[Answer]:
    """Again, of the same instalment."""
    path = f"/v1/instalments/{ring.scene.deal.instalments[0].id}/invoices"
    return ring.knock("finance", "POST", path)


def _refund(ring: Ring) -> Awaitable[Answer]:
    wanted = scenes.refund_of(ring.scene.deal, scenes.CREDIT_MINOR)
    path = f"/v1/units/{ring.scene.deal.unit.id}/refunds"
    return ring.knock("finance", "POST", path, json=msgspec.to_builtins(wanted))


def _refund_card(ring: Ring) -> Awaitable[Answer]:
    path = f"/v1/online-payments/{ring.scene.ids['paid']}/refunds"
    asked = {"amount_minor": scenes.CREDIT_MINOR, "reason": "原路退回"}
    return ring.knock("finance", "POST", path, json=asked)


def _take(ring: Ring) -> Awaitable[Answer]:
    """The payer's bank takes back what his card paid."""
    told, books = ring.scene.taken, ring.scene.deal.unit.id
    assert told is not None
    return ring.work(lambda conn: booking.book(conn, books, told))


def _fall_due(ring: Ring) -> Awaitable[Answer]:
    """The daily job, for this invoice."""
    return ring.work(
        lambda conn: tax_points.reckon_later(
            conn, ring.scene.invoice_id, Reason.DUE, cause="due_date"
        )
    )


COMMANDS: Final[dict[str, Command]] = {
    "pay": Command(_charge, None, ("stripe_line",), (LIVE,), ("invoice", "online_payment")),
    "match": Command(
        _match,
        "match_bank_line",
        ("receipt_matched", "write_off_recovered"),
        locks=("invoice", "bank_line"),
    ),
    "refund": Command(_refund, "propose_refund", ("refund_intended",), (CREDIT,), numbers=True),
    "credit_note": Command(
        _put("leader", "/v1/credit-notes/{}/approval", "note"),
        "approve_credit_note",
        ("credit_note", "tax_point"),
        locks=("contract", "milestone", "invoice", "credit_note"),
        numbers=True,
    ),
    "cancel": Command(
        _put("buyer", "/v1/online-payments/{}/cancel", "payment"),
        "cancel_online_payment",
        needs=(LIVE,),
        locks=("online_payment",),
    ),
    "accept": Command(
        _put(
            "buyer",
            "/v1/milestones/{}/acceptance",
            "milestone",
            **msgspec.to_builtins(performance.certificate()),
        ),
        "accept_milestone",
        ("milestone_accepted",),
        locks=("contract", "milestone"),
    ),
    "chargeback": Command(
        _lose, None, ("chargeback_lost",), (CHARGED,), ("invoice", "online_payment", "chargeback")
    ),
    "void": Command(
        _put("leader", "/v1/void-proposals/{}/approval", "void"),
        "approve_void",
        ("invoice_void",),
        locks=("invoice", "void_proposal"),
    ),
    "write_off": Command(
        _put("leader", "/v1/write-offs/{}/approval", "write_off"),
        "approve_write_off",
        ("write_off",),
        (LATE,),
        ("invoice", "write_off"),
    ),
    "start": Command(_start, "start_online_payment", locks=("invoice",)),
    "call_off": Command(_call_off, None, needs=(LIVE, AMISS), locks=("online_payment",)),
    "import": Command(
        _import, "import_statement", ("bank_line",), locks=("invoice", "bank_account")
    ),
    "undo_match": Command(
        _put("finance", "/v1/matches/{}/undo", "match", reason="匹配有误"),
        "undo_match",
        ("match_undone",),
        (MATCHED,),
        ("invoice", "bank_line", "match"),
    ),
    "use_credit": Command(
        _use_credit, "use_credit", ("credit_used",), (CREDIT,), locks=("invoice",)
    ),
    "undo_use": Command(
        _put("finance", "/v1/credit-uses/{}/undo", "use", reason="抵付有误"),
        "undo_credit_use",
        ("credit_use_undone",),
        (USED,),
        ("invoice", "credit_use"),
    ),
    "issue": Command(
        _issue, "issue_invoice", ("invoice_issued",), locks=("contract",), tells=False
    ),
    "take_back": Command(
        _put("leader", "/v1/statement-retractions/{}/approval", "retraction"),
        "approve_retraction",
        ("bank_line_retracted",),
        locks=("bank_account", "statement", "statement_retraction", "bank_line"),
    ),
    "reject_refund": Command(
        _put("leader", "/v1/refunds/{}/rejection", "refund", note="账号有误"),
        "reject_refund",
        ("refund_released",),
        (CREDIT,),
        ("refund",),
    ),
    "refund_card": Command(
        _refund_card,
        "propose_card_refund",
        ("refund_intended",),
        (CREDIT, CARD),
        ("online_payment",),
        numbers=True,
    ),
    "let_go": Command(
        _put("leader", "/v1/refunds/{}/approval", "card_refund"),
        "approve_refund",
        needs=(CREDIT, CARD),
        locks=("online_payment", "refund"),
    ),
    "dispute": Command(
        _take, None, ("stripe_line",), (CREDIT, CARD), ("online_payment", "chargeback")
    ),
    "fall_due": Command(_fall_due, None, ("tax_point",), (LATE,), ("invoice",)),
}
