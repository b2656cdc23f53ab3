"""Online payments: rows, moves, inputs and refusals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input
from market.base.moves import Moves

MOST_INVOICES: Final = 20


class Way(StrEnum):
    """CHECKOUT: on a page of Stripe's. INTENT: on a page of one's own, by Stripe's script."""

    CHECKOUT = "checkout"
    INTENT = "intent"


class PaymentState(StrEnum):
    """UNKNOWN: Stripe was called and gave no answer, which is neither success nor failure."""

    CREATED = "created"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


MOVES: Final = Moves(
    "online_payment",
    {
        ("present", PaymentState.CREATED): PaymentState.PROCESSING,
        ("present", PaymentState.UNKNOWN): PaymentState.PROCESSING,
        ("lose", PaymentState.CREATED): PaymentState.UNKNOWN,
        ("refuse", PaymentState.CREATED): PaymentState.FAILED,
        ("refuse", PaymentState.UNKNOWN): PaymentState.FAILED,
        ("succeed", PaymentState.CREATED): PaymentState.SUCCEEDED,
        ("succeed", PaymentState.UNKNOWN): PaymentState.SUCCEEDED,
        ("succeed", PaymentState.PROCESSING): PaymentState.SUCCEEDED,
        ("cancel", PaymentState.CREATED): PaymentState.CANCELED,
        ("cancel", PaymentState.UNKNOWN): PaymentState.CANCELED,
        ("cancel", PaymentState.PROCESSING): PaymentState.CANCELED,
    },
    births={"start": PaymentState.CREATED},
)
OVER: Final = frozenset({PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.CANCELED})


class OnlinePayment(msgspec.Struct, frozen=True):
    """One attempt to pay. ``pay_url`` or ``client_secret`` once Stripe has it, until it is over.

    These two are shown to whoever may pay it, and to no other reader.

    ``decline_code`` is Stripe's word for the last card that was refused; the payer may try another
    on the same page. ``cancel_asked_by``: it is being called off, which Stripe still has to grant.
    """

    id: UUID
    books_unit_id: UUID
    buyer_id: UUID
    way: Way
    currency: str
    amount_minor: int
    state: PaymentState
    checkout_id: str | None
    intent_id: str | None
    charge_id: str | None
    pay_url: str | None
    client_secret: str | None
    decline_code: str | None
    started_by: UUID
    cancel_asked_by: UUID | None
    called_at: datetime | None
    tries: int
    version: int
    created_at: datetime

    def after(self, move: str) -> PaymentState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, PaymentState(self.state))

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class Part(msgspec.Struct, frozen=True):
    """What is paid of one invoice; ``is_live`` until the attempt is over or its money is booked."""

    position: int
    invoice_id: UUID
    amount_minor: int
    is_live: bool


class FullOnlinePayment(OnlinePayment, frozen=True):
    """An attempt with its parts, as a person reads it."""

    parts: list[Part]


class Starting(Input, frozen=True):
    """Which invoices of one seller are paid, whole as far as they are open."""

    invoice_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MOST_INVOICES)]
    way: Way = Way.CHECKOUT


class NoRail(Conflict):
    """The unit has no account with Stripe."""

    code = "no_online_payment"
    zh = "收款单位未开通在线收款。请按请款单上的账户和付款码 {payment_code} 银行转账。"
    en = (
        "The seller takes no payments online. Transfer the amount to the bank account on the "
        "invoice, with the payment code {payment_code} in its remark."
    )


class PaymentUnderWay(Conflict):
    """One live attempt an invoice."""

    code = "online_payment_under_way"
    zh = (
        "请款单 {number} 已有进行中的在线付款（编号 {payment_id}）。"
        "请继续该付款；需更换方式的，先将其取消。"
    )
    en = (
        "Invoice {number} is being paid online already, by payment {payment_id}. Go on with that "
        "payment, or call it off."
    )


class NotOneSeller(Invalid):
    """One attempt pays invoices of one buyer, in one set of books and one currency."""

    code = "invoices_not_alike"
    zh = "一次在线付款的请款单须属于同一买方、同一收款单位和同一币种。请分开支付。"
    en = "Invoices paid at once share their buyer, their seller's books and currency. Pay apart."


class SameInvoiceTwice(Invalid):
    """Each invoice once."""

    code = "invoice_named_twice"
    zh = "同一张请款单出现了不止一次。请每张只列一次。"
    en = "An invoice is named more than once. Name each once."


class NothingOpen(Conflict):
    """There is nothing left to pay."""

    code = "nothing_open"
    zh = "请款单 {number} 没有未付金额，无须支付。请只选未付的请款单。"
    en = "Nothing is open on invoice {number}. Name invoices that are still to be paid."


class OnlyBuyerPays(Forbidden):
    """Whoever pays is of the buyer; its seller's finance may start it for him, to send the link."""

    code = "only_buyer_pays"
    zh = (
        "只有买方的付款人、采购人或企业管理人，或收款单位的财务，可以发起或取消在线付款。"
        "请由其中一人办理。"
    )
    en = (
        "Only a payer, buyer or manager of the buying enterprise, or finance of the seller, starts "
        "and calls off a payment online. Ask one of them."
    )


class PaymentIsOver(Conflict):
    """What has ended is not called off."""

    code = "online_payment_over"
    zh = "该在线付款已{state}，不能取消。已支付需退款的，请联系收款单位财务。"
    en = "This payment is over ('{state}') and cannot be called off. Ask the seller for a refund."


def may_pay(actor: Actor, buyer_id: UUID, books_unit_id: UUID) -> bool:
    """The buyer itself; or the seller's finance, which sends the link on."""
    return actor.acts_for(buyer_id, Role.PAYER, Role.BUYER, Role.MANAGER) or actor.acts_for(
        books_unit_id, Role.FINANCE
    )


def shown_to(actor: Actor, payment: OnlinePayment) -> OnlinePayment:
    """Where it is paid is told to nobody who could not have begun it."""
    if may_pay(actor, payment.buyer_id, payment.books_unit_id):
        return payment
    return msgspec.structs.replace(payment, pay_url=None, client_secret=None)
