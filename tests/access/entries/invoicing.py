"""Invoices, proposals to void and to credit them, fapiao and recognitions."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import PARTIES, SIDE, Seat, above, enterprise, unit
from tests.access.world import World

FINANCE: Final = unit(Role.FINANCE)
LEADERS: Final = unit(Role.LEADER) | above(Role.LEADER)
BUYERS_OFFICE: Final = enterprise(Role.BUYER, Role.PAYER, Role.MANAGER)
INVOICE: Final = {"invoice_id": "invoice"}
PROPOSAL: Final = {"proposal_id": "void_proposal"}
NOTE: Final = {"note_id": "credit_note"}
RED: Final = {"red_id": "red_fapiao"}
LATE: Final = {"invoice_id": "late_invoice"}
LOSS: Final = {"write_off_id": "write_off"}
ASKED: Final = {"fapiao_id": "asked_fapiao"}


def _wanted(world: World, seat: Seat) -> dict[str, Any]:
    return {"type": "ordinary", "title": world.of("fapiao_title")}


def _document(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "number": "26510000000000000099",
        "issued_on": world.of("today"),
        "file_id": world.of("paper"),
    }


def _recognition(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "number": "5101-2026-0099",
        "recognised_on": world.of("today"),
        "file_id": world.of("paper"),
    }


def _hold(world: World, seat: Seat) -> dict[str, Any]:
    return {"until": world.of("today"), "reason": "双方已核对，恢复催款"}


ENTRIES: Final[Entries] = {
    "issue_invoice": Entry(may=FINANCE, at={"instalment_id": "instalment"}),
    "list_invoices": Entry(may=PARTIES, filtered=True),
    "get_invoice": Entry(may=PARTIES, at=INVOICE),
    "get_invoice_document": Entry(may=PARTIES, at=INVOICE),
    "explain_invoice": Entry(may=PARTIES, at=INVOICE),
    "propose_void": Entry(may=FINANCE, at=INVOICE, body=given(reason="金额写错")),
    # The buyer hears of a void invoice, not of what was proposed about it.
    "list_void_proposals": Entry(may=SIDE, filtered=True),
    "get_void_proposal": Entry(may=SIDE, sees=SIDE, at=PROPOSAL),
    "approve_void": Entry(may=LEADERS, sees=SIDE, at=PROPOSAL, present=True),
    "reject_void": Entry(
        may=LEADERS, sees=SIDE, at=PROPOSAL, body=given(note="金额无误"), present=True
    ),
    "propose_write_off": Entry(may=FINANCE, at=LATE, body=given(reason="买方已破产")),
    "list_write_offs": Entry(may=SIDE, filtered=True),
    "get_write_off": Entry(may=SIDE, sees=SIDE, at=LOSS),
    "approve_write_off": Entry(may=LEADERS, sees=SIDE, at=LOSS, present=True),
    "reject_write_off": Entry(
        may=LEADERS, sees=SIDE, at=LOSS, body=given(note="请先发律师函"), present=True
    ),
    "list_reminders": Entry(may=PARTIES, at={"invoice_id": "held_invoice"}),
    "get_reminder_document": Entry(may=PARTIES, at={"reminder_id": "demand"}),
    # Why its creditor waits is not the buyer's to know.
    "hold_reminders": Entry(may=FINANCE, at=INVOICE, body=_hold),
    "list_reminder_holds": Entry(may=SIDE, sees=SIDE, at={"invoice_id": "held_invoice"}),
    "propose_credit_note": Entry(
        may=FINANCE,
        at={"invoice_id": "uncredited_invoice"},
        body=given(reason="工作量减少", lines=[{"position": 1, "amount_minor": 10_00}]),
    ),
    # The buyer reads a credit note once it is issued.
    "list_credit_notes": Entry(may=SIDE, filtered=True),
    "get_credit_note": Entry(may=SIDE, sees=SIDE, at=NOTE),
    "approve_credit_note": Entry(may=LEADERS, sees=SIDE, at=NOTE, present=True),
    "reject_credit_note": Entry(
        may=LEADERS, sees=SIDE, at=NOTE, body=given(note="金额无误"), present=True
    ),
    "list_red_fapiao": Entry(may=PARTIES, filtered=True),
    "get_red_fapiao": Entry(may=PARTIES, at=RED),
    "issue_red_fapiao": Entry(may=FINANCE, at=RED, body=_document),
    "request_fapiao": Entry(may=BUYERS_OFFICE, at=INVOICE, body=_wanted),
    "list_fapiao": Entry(may=PARTIES, filtered=True),
    "get_fapiao": Entry(may=PARTIES, at=ASKED),
    "withdraw_fapiao_request": Entry(may=BUYERS_OFFICE | FINANCE, at=ASKED),
    "issue_fapiao": Entry(may=FINANCE, at=ASKED, body=_document),
    "deliver_fapiao": Entry(
        may=FINANCE,
        at={"fapiao_id": "issued_fapiao"},
        body=lambda world, seat: {"delivered_on": world.of("today")},
    ),
    "record_recognition": Entry(may=FINANCE, at={"contract_id": "exempt"}, body=_recognition),
    "get_recognition": Entry(may=PARTIES, at={"contract_id": "recognised"}),
}
