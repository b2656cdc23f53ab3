"""What was applied to invoices, customers' credit, and refunds of it."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entries.statements import UNREADING
from tests.access.entry import Entries, Entry, Public, given
from tests.access.seats import NOBODY, PARTIES, SIDE, Seat, above, enterprise, unit
from tests.access.world import World

PAYERS: Final = unit(Role.FINANCE) | enterprise(Role.PAYER, Role.BUYER, Role.MANAGER)
ONLINE: Final = {"payment_id": "online_payment"}
FINANCE: Final = unit(Role.FINANCE)
CHARGEBACK: Final = {"chargeback_id": "chargeback"}
WRITE_OFF: Final = {"write_off_id": "chargeback_write_off"}
STANDING: Final = {"explanation_id": "standing_explanation"}
UNDO: Final = {"undo_id": "stripe_explanation_undo"}
EXPLANATION: Final = {"explanation_id": "stripe_explanation"}
USE: Final = {"use_id": "credit_use"}
LEADERS: Final = unit(Role.LEADER) | above(Role.LEADER)
PROPOSED: Final = {"refund_id": "proposed_refund"}


def _refund(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "organisation_id": world.of("enterprise"),
        "amount_minor": 1_00,
        "payee_bank": "锦川银行东城支行",
        "payee_account": "6222 0000 0000 0001",
        "reason": "退还多付款项",
    }


def _invoices(world: World, seat: Seat) -> dict[str, Any]:
    return {"invoice_ids": [world.of("invoice")]}


ENTRIES: Final[Entries] = {
    "list_payments": Entry(may=PARTIES, at={"invoice_id": "paid_invoice"}),
    "get_receipt_document": Entry(may=PARTIES, at={"payment_id": "payment"}),
    "use_credit": Entry(
        may=FINANCE, at={"invoice_id": "creditable_invoice"}, body=given(amount_minor=10_00)
    ),
    "get_credit_use": Entry(may=PARTIES, at=USE),
    "undo_credit_use": Entry(may=FINANCE, at=USE, body=given(reason="抵付有误"), present=True),
    "/payment-done": Public(),
    "/stripe/{unit:str}/events": Public(at={"unit": "unit_name"}),
    "start_online_payment": Entry(  # the prepared unit has no account with Stripe
        may=PAYERS,
        sees=PARTIES,
        body=_invoices,
        conflicts=True,
    ),
    "get_online_payment": Entry(may=PARTIES, at=ONLINE),
    "cancel_online_payment": Entry(may=PAYERS, at=ONLINE),
    "list_online_payments": Entry(may=PARTIES, at={"invoice_id": "online_invoice"}),
    "list_stripe_lines": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "list_chargebacks": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_chargeback": Entry(may=READERS, sees=SIDE, at=CHARGEBACK),
    "save_chargeback_evidence": Entry(
        may=FINANCE,
        sees=SIDE,
        at=CHARGEBACK,
        body=given(texts={"service_date": "2026-03-01"}),
        etag="chargeback",
    ),
    "submit_chargeback_evidence": Entry(
        may=FINANCE, sees=SIDE, at=CHARGEBACK, etag="chargeback", present=True
    ),
    "propose_chargeback_write_off": Entry(
        may=FINANCE,
        sees=SIDE,
        at={"chargeback_id": "short_chargeback"},
        body=given(reason="付款单位已注销"),
    ),
    "list_chargeback_write_offs": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_chargeback_write_off": Entry(may=READERS, sees=SIDE, at=WRITE_OFF),
    "approve_chargeback_write_off": Entry(may=LEADERS, sees=SIDE, at=WRITE_OFF, present=True),
    "reject_chargeback_write_off": Entry(
        may=LEADERS, sees=SIDE, at=WRITE_OFF, body=given(note="仍可催收"), present=True
    ),
    "recover_chargeback_write_off": Entry(
        may=FINANCE, sees=SIDE, at={"write_off_id": "lost_write_off"}
    ),
    "propose_stripe_explanation": Entry(
        may=FINANCE,
        sees=SIDE,
        at={"line_id": "stripe_line"},
        body=given(belongs_to="stripe_fees", reason="已与后台账单核对"),
    ),
    "list_stripe_explanations": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_stripe_explanation": Entry(may=READERS, sees=SIDE, at=EXPLANATION),
    "approve_stripe_explanation": Entry(may=LEADERS, sees=SIDE, at=EXPLANATION, present=True),
    "reject_stripe_explanation": Entry(
        may=LEADERS, sees=SIDE, at=EXPLANATION, body=given(note="不是手续费"), present=True
    ),
    "withdraw_stripe_explanation": Entry(
        may=NOBODY, sees=SIDE, at=EXPLANATION
    ),  # but who proposed it
    "propose_stripe_explanation_undo": Entry(
        may=FINANCE, sees=SIDE, at=STANDING, body=given(reason="不是手续费")
    ),
    "list_stripe_explanation_undos": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_stripe_explanation_undo": Entry(may=READERS, sees=SIDE, at=UNDO),
    "approve_stripe_explanation_undo": Entry(may=LEADERS, sees=SIDE, at=UNDO, present=True),
    "reject_stripe_explanation_undo": Entry(
        may=LEADERS, sees=SIDE, at=UNDO, body=given(note="确为手续费"), present=True
    ),
    "withdraw_stripe_explanation_undo": Entry(
        may=NOBODY, sees=SIDE, at=UNDO
    ),  # but who proposed it
    "list_payouts": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "propose_refund": Entry(may=FINANCE, sees=SIDE, at=BOOKS, body=_refund),
    "propose_card_refund": Entry(
        may=FINANCE,
        at={"payment_id": "booked_payment"},
        body=given(amount_minor=1_00, reason="退还多付款项"),
    ),
    "list_refunds": Entry(may=PARTIES, filtered=True),
    "get_refund": Entry(may=PARTIES, at=PROPOSED),
    "approve_refund": Entry(may=LEADERS, at=PROPOSED, present=True),
    "reject_refund": Entry(may=LEADERS, at=PROPOSED, body=given(note="账号有误"), present=True),
    "withdraw_refund": Entry(may=NOBODY, sees=PARTIES, at=PROPOSED),  # but who proposed it
    "fail_refund": Entry(
        may=FINANCE,
        at={"refund_id": "sent_refund"},
        body=given(note="收款账户已销户"),
        present=True,
    ),
    "make_transfer_list": Entry(
        may=unit(Role.CASHIER),
        sees=SIDE,
        at=BOOKS,
        body=lambda world, seat: {"bank_account_id": world.of("account")},
    ),
    "list_transfer_lists": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_transfer_list": Entry(may=READERS, sees=SIDE, at={"list_id": "refund_list"}),
    "list_credits": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
