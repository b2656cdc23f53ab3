"""What a refund is: its row, states, moves, inputs and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Currency, Input, Line, PositiveMinor, Reason
from market.base.moves import Moves
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing.held import Held
from market.money.payments.held import Cover
from market.money.statements.accounts.model import Number


class Method(StrEnum):
    """How the money goes back: to a bank account, or to the charge that it came by."""

    BANK = "bank"
    STRIPE = "stripe"


class RefundState(StrEnum):
    """SENT: on its way; PAID: the other side says so; RETURNED: it left, and has come back.

    UNKNOWN: Stripe was called and gave no answer, which is neither success nor failure.
    """

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


MOVES: Final = Moves(
    "refund",
    {
        ("approve", RefundState.PROPOSED): RefundState.APPROVED,
        ("reject", RefundState.PROPOSED): RefundState.REJECTED,
        ("withdraw", RefundState.PROPOSED): RefundState.WITHDRAWN,
        ("lose", RefundState.APPROVED): RefundState.UNKNOWN,
        ("send", RefundState.APPROVED): RefundState.SENT,
        ("send", RefundState.UNKNOWN): RefundState.SENT,
        ("fail", RefundState.APPROVED): RefundState.FAILED,
        ("fail", RefundState.UNKNOWN): RefundState.FAILED,
        ("fail", RefundState.SENT): RefundState.FAILED,
        ("pay", RefundState.SENT): RefundState.PAID,
        ("take_back", RefundState.PAID): RefundState.SENT,
        ("return", RefundState.SENT): RefundState.RETURNED,
        ("return", RefundState.PAID): RefundState.RETURNED,
        ("reinstate", RefundState.RETURNED): RefundState.PAID,
    },
    births={"propose": RefundState.PROPOSED},
    of_themselves=("lose",),
)
# Those for which money is set aside or gone.
LIVE: Final = (
    RefundState.PROPOSED,
    RefundState.APPROVED,
    RefundState.UNKNOWN,
    RefundState.SENT,
    RefundState.PAID,
)


class Refund(msgspec.Struct, frozen=True):
    """Credit of an organisation that goes back to it.

    ``intended_on``: when it was reserved; ``ended_on``: when it became credit again because it was
    withdrawn, rejected or failed, and ``note`` says why it was rejected or failed.

    By bank it goes to the payee's account. By card it goes to the charge of ``online_payment_id``;
    ``called_at``: when Stripe was told first, ``stripe_status``: what Stripe says of it,
    ``failure_reason``: Stripe's word for why it did not arrive, or the market's (``reasons``).
    """

    id: UUID
    number: str
    books_unit_id: UUID
    organisation_id: UUID
    method: Method
    amount_minor: int
    currency: str
    payee_name: str | None
    payee_bank: str | None
    payee_account: str | None
    reason: str
    intended_on: date
    state: RefundState
    refund_list_id: UUID | None
    online_payment_id: UUID | None
    stripe_refund_id: str | None
    stripe_status: str | None
    failure_reason: str | None
    called_at: datetime | None
    ended_on: date | None
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    failed_by: UUID | None
    note: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> RefundState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, RefundState(self.state))

    @property
    def payee_fingerprint(self) -> str:
        """What the log keeps of where it goes; with the id, so that nobody guesses an account."""
        texts = (str(self.id), self.payee_name, self.payee_bank, self.payee_account)
        return sha256("\n".join(text for text in texts if text is not None).encode()).hexdigest()

    @property
    def buyer_id(self) -> UUID:
        """The other side, to whom nobody who decides may belong."""
        return self.organisation_id

    @property
    def provider_unit_id(self) -> UUID:
        return self.books_unit_id


class Kept(msgspec.Struct, frozen=True):
    """Why a refund does not go out: less than ``held`` would be left, credit or reserved.

    ``is_owed``: for what lost chargebacks took alone, so that nothing is waited for;
    ``is_unexplained``: for nothing but what was refunded past the market.
    """

    held: Held
    left_minor: int
    amount_minor: int

    @property
    def owed_minor(self) -> int:
        """What lost chargebacks took, as far as there is credit for it."""
        return min(self.held.owed_minor + self.held.unrecovered_minor, self._credit_minor)

    @property
    def disputed_minor(self) -> int:
        return min(self.held.waits_minor, self._credit_minor - self.owed_minor)

    @property
    def unexplained_minor(self) -> int:
        rest_minor = self._credit_minor - self.owed_minor - self.disputed_minor
        return min(self.held.unexplained_minor, rest_minor)

    @property
    def free_minor(self) -> int:
        taken_minor = self.owed_minor + self.disputed_minor + self.unexplained_minor
        return self._credit_minor - taken_minor

    @property
    def is_owed(self) -> bool:
        return self.left_minor < self.held.owed_minor + self.held.unrecovered_minor

    @property
    def is_unexplained(self) -> bool:
        return self.left_minor >= self.held.total_minor - self.held.unexplained_minor

    @property
    def _credit_minor(self) -> int:
        return self.left_minor + self.amount_minor


def kept_of(cover: Cover | None, amount_minor: int) -> Kept | None:
    """What must stay where so much goes out; None where it may."""
    if cover is None or cover.without(amount_minor).is_enough:
        return None
    return Kept(cover.held, cover.here_minor - amount_minor, amount_minor)


class NewRefund(Input, frozen=True, kw_only=True):
    """What goes back to whom, and to which account in its own name."""

    organisation_id: UUID
    amount_minor: PositiveMinor
    currency: Currency = "CNY"
    payee_bank: Line
    payee_account: Number
    reason: Reason


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as it is to be written down, by whichever way."""

    books_unit_id: UUID
    organisation_id: UUID
    method: Method
    amount_minor: int
    currency: str
    reason: str
    payee_name: str | None = None
    payee_bank: str | None = None
    payee_account: str | None = None
    online_payment_id: UUID | None = None


class NewCardRefund(Input, frozen=True, kw_only=True):
    """How much of the buyer's credit goes back to the charge of a payment, in its currency."""

    amount_minor: PositiveMinor
    reason: Reason


class Failing(Input, frozen=True):
    """Why it did not go out."""

    note: Reason


class RefundNeedsFinance(Forbidden):
    """A cashier sends money and proposes none."""

    code = "refund_needs_finance"
    zh = "只有账套单位的财务可以提出退款或登记退款失败。请由财务登录后办理。"
    en = "Only finance of the unit with the books proposes or fails a refund. Sign in as finance."


class RefundNeedsLeader(Forbidden):
    """Money that leaves is approved above finance."""

    code = "refund_needs_the_leader"
    zh = "退款须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on a refund. Sign in as that leader."


class OwnRefund(Forbidden):
    """The maker never approves."""

    code = "refund_by_its_proposer"
    zh = "不能审批自己提出的退款。请由另一位负责人办理。"
    en = "Nobody decides on his own refund. Ask another leader."


class OnlyProposerWithdraws(Forbidden):
    """Others decide on it."""

    code = "refund_withdrawn_by_another"
    zh = "只有提出退款的财务本人可以撤回该申请。不同意的，请由负责人驳回。"
    en = (
        "Only who proposed a refund, still being finance, withdraws it. Whoever is against it has "
        "a leader reject it."
    )


class PaymentNotBooked(Conflict):
    """What has not come cannot go back."""

    code = "refund_of_unbooked_payment"
    zh = "该在线付款的款项尚未入账，不能退回。请待付款成功并入账后再办理。"
    en = (
        "The money of this payment is not booked, so none of it goes back. Wait until the payment "
        "has succeeded and is booked."
    )


class ChargeDisputed(Conflict):
    """The payer's bank has the money already."""

    code = "refund_of_disputed_charge"
    zh = "该付款正被付款人的银行拒付，款项已被暂扣，不能另行退款。请待拒付有结果后再办理。"
    en = (
        "The payer's bank disputes this payment and holds its money, so it is not refunded as "
        "well. Wait until the chargeback is decided."
    )


class CreditDisputed(Conflict):
    """What a chargeback may take is not paid out before it has."""

    code = "refund_of_disputed_credit"
    zh = (
        "该单位预存款中有 {disputed} 来自正被拒付的在线付款，不能退还。"
        "请至多退款 {free}，或待拒付有结果后再办理。"
    )
    en = (
        "{disputed} of the credit came by payments online that the payer's bank disputes: so much "
        "stays. Refund at most {free}, or wait until the chargeback is decided."
    )


class CreditUnexplained(Conflict):
    """What was refunded past the market does not go back twice."""

    code = "refund_of_credit_refunded_past_the_market"
    zh = (
        "该单位预存款中有 {unexplained} 已由未在平台发起的退款退还，尚在待查款中，不能再退。"
        "请至多退款 {free}；并在待查款清单中将该结算明细说明为该在线付款的退款。"
    )
    en = (
        "{unexplained} of the credit was refunded past the market and stands in suspense: so much "
        "does not go back again. Refund at most {free}, and explain the line in suspense as a "
        "refund of its payment."
    )


class CreditOwed(Conflict):
    """What lost chargebacks took is paid from the credit, and nothing is waited for."""

    code = "refund_of_owed_credit"
    zh = (
        "该单位预存款中有 {owed} 须抵补已败诉的拒付：由系统自动扣回，或抵付因此重新到期的请款单，"
        "不能退还。请至多退款 {free}；有重新到期的请款单的，请先抵付。"
    )
    en = (
        "{owed} of the credit is needed for what lost chargebacks took: it is taken by itself, or "
        "pays the invoices that they made due again. Refund at most {free}, and use the credit for "
        "such invoices first."
    )


class SentRefundOfOnesOwn(Forbidden):
    """Money that may have left is not freed by who asked for it."""

    code = "sent_refund_by_its_proposer"
    zh = "退款已由出纳发出，不能由提出人本人登记失败。请由另一位财务核对银行后登记。"
    en = (
        "The cashier has sent this refund, so whoever proposed it does not note its failure. Ask "
        "another of finance to check with the bank and to note it."
    )


class MoreThanCharge(Conflict):
    """Never more than the charge brought, less what went back of it by whatever way."""

    code = "refund_above_charge"
    zh = "该付款扣除已退款和拒付后，最多还可退回 {left}，不足 {amount}。请减少金额或改用银行退款。"
    en = (
        "Of this payment {left} can still go back, refunds and chargebacks taken off, which is "
        "less than {amount}. Refund less, or the rest by bank."
    )


class RefundIsWithStripe(Conflict):
    """What Stripe was told of, Stripe alone ends."""

    code = "refund_is_with_stripe"
    zh = "该退款已提交 Stripe，以其结果为准，不能登记失败。请等待结果；未成功的自动转回预存款。"
    en = (
        "Stripe has been told of this refund, and its word decides. Wait for it; what does not "
        "arrive becomes credit again by itself."
    )


class MoreThanCredit(Conflict):
    """Only credit goes back, and no more than there is."""

    code = "refund_above_credit"
    zh = "该单位的预存款余额为 {balance}，不足 {amount}。请先冲减请款单或减少退款金额。"
    en = (
        "The organisation's credit holds {balance}, which is less than {amount}. Credit an invoice "
        "first, or refund less."
    )


class PayeeUnknown(Invalid):
    """Credit belongs to an organisation of the market."""

    code = "refund_payee_unknown"
    zh = "没有这个单位，不能向其退款。请核对 organisation_id。"
    en = "There is no such organisation to refund. Check organisation_id."


def may_propose(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_decide(actor: Actor, refund: Refund) -> bool:
    return actor.approves(refund.books_unit_id, Role.LEADER)


def intended(refund: Refund) -> Posting:
    """What is credit is reserved."""
    leg = Leg(
        Account("customer_credit", refund.organisation_id),
        Account("refund_pending", refund.organisation_id),
        refund.amount_minor,
        refund.currency,
    )
    cause = f"refund_intended:{refund.id}"
    return Posting(cause, refund.books_unit_id, refund.intended_on, [leg])
