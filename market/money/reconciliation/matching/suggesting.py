"""What a bank line may be: pure reasoning over facts that were gathered before.

A suggestion of score 100 is exact and is matched without asking; all others wait for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

import msgspec

from market.base import amounts, text
from market.money.invoicing import payment_code
from market.money.invoicing.model import InvoiceState
from market.money.payments.opening_items.model import ItemGiven
from market.money.payments.refunds.queries import SentRefund
from market.money.reconciliation.matching.model import (
    AllocationGiven,
    Matching,
    RestGiven,
    RestTo,
)
from market.money.reconciliation.matching.reasons import Reason
from market.money.statements.model import BankLine

EXACT: Final = 100
MOST: Final = 5
MOST_SUMMED: Final = 12
# Longer than the longest holidays, on which no bank books anything.
MOST_LATE: Final = timedelta(days=10)
_OPEN: Final = (InvoiceState.OPEN, InvoiceState.PART_PAID)
_INTEREST: Final = re.compile(r"结息|利息|interest", re.IGNORECASE)
_CHARGE: Final = re.compile(r"手续费|工本费|服务费|管理费|邮电费|charge|\bfee", re.IGNORECASE)
_RETURN: Final = re.compile(r"退汇|退回|退款|冲正|return|revers", re.IGNORECASE)


class Candidate(msgspec.Struct, frozen=True):
    """An invoice that a line may pay, with its buyer's names."""

    id: UUID
    number: str
    payment_code: str
    buyer_id: UUID
    buyer_zh: str
    buyer_en: str | None
    currency: str
    amount_minor: int
    paid_minor: int
    offset_minor: int
    state: InvoiceState

    @property
    def open_minor(self) -> int:
        left_minor = self.amount_minor - self.paid_minor - self.offset_minor
        return left_minor if self.state in _OPEN else 0

    @property
    def paid_in_full(self) -> Candidate:
        paid_minor = self.amount_minor - self.offset_minor
        return msgspec.structs.replace(self, paid_minor=paid_minor, state=InvoiceState.PAID)

    def is_paid_by(self, line: BankLine) -> bool:
        return same_name(line.counterparty_name, self.buyer_zh, self.buyer_en)


class OldDebt(msgspec.Struct, frozen=True):
    """An item that the books began with and that is still open, with its debtor's names."""

    id: UUID
    reference: str
    name_zh: str
    name_en: str | None
    currency: str
    open_minor: int


class AwaitedPayout(msgspec.Struct, frozen=True):
    """A payout that no line is yet, or that failed once it was there: the line that it would be."""

    id: UUID
    currency: str
    line_minor: int
    on_day: date
    sent_on: date
    expected_on: date
    has_failed: bool

    @property
    def why(self) -> Reason:
        code = "payout_expected" if self.line_minor > 0 else "payout_taken"
        return Reason("payout_back" if self.has_failed else code, {"on": self.on_day.isoformat()})


class Facts(msgspec.Struct, frozen=True):
    """What is known: invoices by their code, those open, lines in suspense and refunds by amount.

    The open ones are found by what is open and by the buyer's names, the oldest due first; ``old``
    debts are those of which as much is open as one of the lines brings.
    ``charge_minor``: by currency, the most that a line is short of when a bank may have kept it.
    ``payouts``: those that are awaited, by currency and by the amount of their line;
    ``stripes_names``: whose lines were payouts before, as two people said; no organisation here.
    """

    by_code: Mapping[str, Candidate] = {}
    opposite: Mapping[int, Sequence[BankLine]] = {}
    refunds: Mapping[int, Sequence[SentRefund]] = {}
    charge_minor: Mapping[str, int] = {}
    payouts: Mapping[tuple[str, int], Sequence[AwaitedPayout]] = {}
    stripes_names: Sequence[str] = ()
    open_by_amount: dict[tuple[str, int], list[Candidate]] = {}
    open_by_buyer: dict[tuple[str, str], list[Candidate]] = {}
    old: Sequence[OldDebt] = ()

    def add_open(self, one: Candidate) -> None:
        self.open_by_amount.setdefault((one.currency, one.open_minor), []).append(one)
        for name in {text.squeezed(name) for name in (one.buyer_zh, one.buyer_en) if name}:
            self.open_by_buyer.setdefault((one.currency, name), []).append(one)


class Suggestion(msgspec.Struct, frozen=True):
    """One explanation of a line; ``terms`` is empty when nothing was found."""

    score: int
    terms: Matching
    reasons: list[Reason]

    @property
    def is_exact(self) -> bool:
        return self.score == EXACT

    @property
    def proposes(self) -> bool:
        return self.score > 0


def same_name(payer: str, *names: str | None) -> bool:
    """Whether the bank's name is one of the organisation's; width, case and spaces do not count."""
    squeezed = text.squeezed(payer)
    return bool(squeezed) and squeezed in {text.squeezed(name) for name in names if name}


def doubts_of_payout(
    line: BankLine, sent_on: date, expected_on: date, stripes_names: Sequence[str]
) -> list[Reason]:
    """An amount alone makes no payout of what a customer pays: who it came from and when does.

    What he calls himself makes none either: anybody may be called Stripe.
    """
    doubts = []
    if not same_name(line.counterparty_name, *stripes_names):
        doubts.append(Reason("payout_stranger", {"payer": line.counterparty_name}))
    if not sent_on <= line.booked_on <= expected_on + MOST_LATE:
        values = {"sent": sent_on.isoformat(), "expected": expected_on.isoformat()}
        doubts.append(Reason("payout_off_day", values))
    return doubts


def suggest(line: BankLine, facts: Facts) -> list[Suggestion]:
    """The best first; never empty, so that every line in suspense has its reason."""
    if line.amount_minor == 0:
        return [_nothing(line)]
    its_way = _incoming(line, facts) if line.amount_minor > 0 else _outgoing(line, facts)
    found = [*_of_stripe(line, facts), *its_way, *_meeting(line, facts)]
    both = sorted(found, key=lambda one: -one.score)
    proposing = [one for one in both if one.proposes]
    return proposing[:MOST] or both[:1] or [_nothing(line)]


def _nothing(line: BankLine) -> Suggestion:
    reasons = [Reason("nothing_found")]
    if line.amount_minor > 0:
        reasons.insert(0, Reason("no_code"))
    return Suggestion(0, Matching(), reasons)


def _incoming(line: BankLine, facts: Facts) -> Iterator[Suggestion]:
    codes = payment_code.find_all(line.remark)
    named = [facts.by_code[code] for code in codes if code in facts.by_code]
    unknown = [code for code in codes if code not in facts.by_code]
    if _INTEREST.search(line.remark):
        yield _whole(line, RestTo.INTEREST_INCOME, 60, Reason("looks_like_interest"))
    why = _why(line, named, unknown)
    payable = [one for one in named if one.currency == line.currency and one.open_minor]
    if payable:
        is_whole = len(payable) == len(named) and not unknown
        yield _paying(line, facts, payable, why, best=EXACT if is_whole else 60)
        return
    yield from _by_amount(line, facts, why)
    yield from _by_payer(line, facts, why)
    yield from _by_old_debt(line, facts, why)
    for one in named:
        if one.currency == line.currency:
            yield _paying(line, facts, [one], why, best=60)
            return
    if named:
        yield Suggestion(0, Matching(), why)


def _why(line: BankLine, named: Sequence[Candidate], unknown: Sequence[str]) -> list[Reason]:
    """What the codes of the remark say."""
    found = []
    if named:
        found.append(Reason("code_found", {"numbers": ", ".join(one.number for one in named)}))
    if unknown:
        found.append(Reason("code_unknown", {"codes": ", ".join(unknown)}))
    for one in named:
        if one.currency != line.currency:
            values = {"number": one.number, "currency": one.currency}
            found.append(Reason("currency_differs", values))
        elif one.open_minor == 0:
            found.append(Reason("not_open", {"number": one.number, "state": one.state}))
    return found or [Reason("no_code")]


def _by_amount(line: BankLine, facts: Facts, why: Sequence[Reason]) -> Iterator[Suggestion]:
    for one in facts.open_by_amount.get((line.currency, line.amount_minor), ()):
        yield _paying(line, facts, [one], why, best=70 if one.is_paid_by(line) else 60)


def _by_payer(line: BankLine, facts: Facts, why: Sequence[Reason]) -> Iterator[Suggestion]:
    """Several of the payer's invoices that make the amount; else its oldest ones in part."""
    payer = text.squeezed(line.counterparty_name)
    own = facts.open_by_buyer.get((line.currency, payer), [])[:MOST_SUMMED] if payer else []
    if not own or any(one.open_minor == line.amount_minor for one in own):
        return
    for size in (2, 3):
        for some in combinations(own, size):
            if sum(one.open_minor for one in some) == line.amount_minor:
                yield _paying(line, facts, some, why, best=65)
                return
    yield _paying(line, facts, own, why, best=50)


def _by_old_debt(line: BankLine, facts: Facts, why: Sequence[Reason]) -> Iterator[Suggestion]:
    """Never exact: a foreign reference proves nothing, so that its payer's amount only hints."""
    for one in facts.old:
        is_whole = (one.currency, one.open_minor) == (line.currency, line.amount_minor)
        if is_whole and same_name(line.counterparty_name, one.name_zh, one.name_en):
            given = ItemGiven(opening_item_id=one.id, amount_minor=line.amount_minor)
            amount = amounts.printed(line.amount_minor, line.currency)
            reasons = [
                Reason("opening_item", {"reference": one.reference}),
                Reason("amount_equal", {"amount": amount}),
                Reason("payer_equal", {"buyer": one.name_zh}),
            ]
            yield Suggestion(65, Matching(opening_items=[given]), [*why, *reasons])


def _paying(
    line: BankLine,
    facts: Facts,
    invoices: Sequence[Candidate],
    reasons: Sequence[Reason],
    *,
    best: int,
) -> Suggestion:
    """The line spread over the invoices in their order; what is over becomes credit."""
    left, allocations = line.amount_minor, []
    for one in invoices:
        amount = min(left, one.open_minor)
        if amount > 0:
            allocations.append(AllocationGiven(invoice_id=one.id, amount_minor=amount))
        left -= amount
    rest = None
    if left:
        buyer_id = invoices[0].buyer_id
        rest = RestGiven(to=RestTo.CUSTOMER_CREDIT, amount_minor=left, organisation_id=buyer_id)
    difference = line.amount_minor - sum(one.open_minor for one in invoices)
    score, found = _amount_reason(line, facts, difference, best)
    strangers = [one for one in invoices if not one.is_paid_by(line)]
    if strangers:
        score -= 20
        values = {"payer": line.counterparty_name, "buyer": strangers[0].buyer_zh}
        payer = Reason("payer_differs", values)
    else:
        payer = Reason("payer_equal", {"buyer": invoices[0].buyer_zh})
    terms = Matching(allocations=allocations, rest=rest)
    return Suggestion(score, terms, [*reasons, found, payer])


def _amount_reason(line: BankLine, facts: Facts, difference: int, best: int) -> tuple[int, Reason]:
    shown = {"amount": amounts.printed(abs(difference) or line.amount_minor, line.currency)}
    if difference == 0:
        return best, Reason("amount_equal", shown)
    if difference > 0:
        return best - 20, Reason("over_by", shown)
    may_be_charge = -difference <= facts.charge_minor.get(line.currency, 0)
    return best - 20, Reason("short_by" if may_be_charge else "pays_part", shown)


def _outgoing(line: BankLine, facts: Facts) -> Iterator[Suggestion]:
    for refund in facts.refunds.get(-line.amount_minor, ()):
        if refund.currency == line.currency:
            yield _refunding(line, refund)
    if _CHARGE.search(line.remark):
        yield _whole(line, RestTo.BANK_CHARGES, 60, Reason("looks_like_charge"))


def _refunding(line: BankLine, refund: SentRefund) -> Suggestion:
    """Its number in the remark says more than who got it."""
    is_named = refund.number in line.remark
    payee = (refund.organisation_zh, refund.organisation_en)
    score = 40 + 30 * is_named + 20 * same_name(line.counterparty_name, *payee)
    code = "refund_named" if is_named else "refund_amount"
    rest = RestGiven(
        to=RestTo.CUSTOMER_CREDIT,
        amount_minor=refund.amount_minor,
        organisation_id=refund.organisation_id,
        refund_id=refund.id,
    )
    return Suggestion(score, Matching(rest=rest), [Reason(code, {"number": refund.number})])


def _of_stripe(line: BankLine, facts: Facts) -> Iterator[Suggestion]:
    for payout in facts.payouts.get((line.currency, line.amount_minor), ()):
        rest = RestGiven(
            to=RestTo.STRIPE_IN_TRANSIT,
            amount_minor=abs(line.amount_minor),
            payout_id=payout.id,
        )
        doubts = doubts_of_payout(line, payout.sent_on, payout.expected_on, facts.stripes_names)
        yield Suggestion(45 if doubts else 75, Matching(rest=rest), [payout.why, *doubts])


def _meeting(line: BankLine, facts: Facts) -> Iterator[Suggestion]:
    for other in facts.opposite.get(-line.amount_minor, ()):
        if other.id == line.id or other.currency != line.currency:
            continue
        day = {"on": other.booked_on.isoformat()}
        if other.bank_account_id != line.bank_account_id:
            reason = Reason("meets_transfer", day)
            yield _whole(line, RestTo.OWN_TRANSFER, 55, reason, other.id)
        elif line.is_reversal or other.is_reversal or _returns(line, other):
            yield _whole(line, RestTo.RETURNED, 55, Reason("meets_return", day), other.id)


def _returns(line: BankLine, other: BankLine) -> bool:
    return bool(_RETURN.search(line.remark) or _RETURN.search(other.remark))


def _whole(
    line: BankLine, to: RestTo, score: int, reason: Reason, other_line_id: UUID | None = None
) -> Suggestion:
    rest = RestGiven(to=to, amount_minor=abs(line.amount_minor), other_line_id=other_line_id)
    return Suggestion(score, Matching(rest=rest), [reason])
