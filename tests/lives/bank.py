"""What lines of the bank do: they pay invoices, become credit, are refunds that went or came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.lives.model import Invoice, Milestone, Person, Refused, Thing, require
from tests.lives.notes import Notes

# What one person books alone as a bank's charge, on a line and on an invoice over all lines.
ALONE: Final = 100_00
LIVE: Final = ("proposed", "approved", "unknown", "sent", "paid")


@dataclass(eq=False)
class Refund(Thing):
    """``charge`` is None by bank; the rest of the fields are what Stripe knows of one by card."""

    table = "refund"
    amount: int
    by: str
    charge: object = None
    since: int = 0
    decided_by: str | None = None
    failed_by: str | None = None
    number: str = ""
    is_called: bool = False
    at_stripe: str | None = None
    known: str | None = None
    has_left: bool = False
    is_back: bool = False
    took_money: bool = False


@dataclass(eq=False)
class Terms:
    """What somebody says a line is. ``to``: where the rest goes; ``owner``: whose credit it is."""

    given: list[tuple[Invoice | None, int, int]] = field(default_factory=list)
    to: str | None = None
    rest: int = 0
    owner: str | None = None
    refund: Refund | None = None
    other: Line | None = None

    @property
    def says(self) -> object:
        given = [(id(one), amount, charge) for one, amount, charge in self.given]
        return (given, self.to, self.rest, self.owner, id(self.refund), id(self.other))

    @property
    def total(self) -> int:
        return sum(amount for _, amount, _ in self.given) + self.rest


@dataclass(eq=False)
class Line(Thing):
    """Money in, or out below zero; ``from_buyer``: the other side's name is the buyer's."""

    table = "bank_line"
    amount: int
    from_buyer: bool


@dataclass(eq=False)
class Match(Thing):
    table = "match"
    line: Line
    terms: Terms
    by: str
    since: int = 0
    confirmed_by: str | None = None
    undone_by: str | None = None


class Bank(Notes):
    """Amounts of charges that were kept still count for the ceiling of their invoice."""

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.lines: list[Line] = []
        self.matches: list[Match] = []
        self.refunds: list[Refund] = []

    def arrive(self, line: Line) -> None:
        line.state = "imported"
        self.lines.append(line)
        self.post("bank", "suspense", line.amount)

    def live_match(self, line: Line) -> Match | None:
        found = (one for one in self.matches if one.line is line and one.state != "undone")
        return next(found, None)

    def match(self, who: Person, line: Line, terms: Terms) -> Match:
        require(who.sees("bank_line"), "not_found")
        require(who.may("finance"), "match_needs_finance")
        if live := self.live_match(line):
            is_repeat = (live.by, live.terms.says) == (who.name, terms.says)
            require(is_repeat, "line_already_matched")
            return live
        self.check(line, terms)
        made = Match(line, terms, who.name)
        if self.needs_second(line, terms):
            self.matches.append(self.born(made, "propose", "waiting"))
            return made
        self.effect(made)
        self.matches.append(self.born(made, "match", "matched"))
        return made

    def check(self, line: Line, terms: Terms) -> None:
        require(abs(line.amount) == terms.total, "match_leaves_remainder")
        makes_credit = terms.to == "customer_credit" and terms.refund is None
        pays = bool(terms.given) or makes_credit
        require(line.amount > 0 or not pays, "outgoing_pays_no_invoice")
        named = [invoice for invoice, _, _ in terms.given]
        require(len(set(map(id, named))) == len(named), "invoice_allocated_twice")
        for invoice, amount, charge in terms.given:
            require(invoice is not None, "not_found")
            assert invoice is not None
            require(amount + charge <= invoice.open, "more_than_open")
        if terms.to is not None:
            self.check_rest(line, terms)

    def check_rest(self, line: Line, terms: Terms) -> None:
        is_whole = terms.rest == abs(line.amount)
        meets = terms.to in ("returned", "own_transfer")
        is_complete = (
            (terms.to == "customer_credit") == (terms.owner is not None)
            and meets == (terms.other is not None)
            and (terms.refund is None or terms.to == "customer_credit")
            and (is_whole or not (meets or terms.refund))
        )
        require(is_complete, "rest_incomplete")
        if terms.other is not None:
            require(terms.other.amount == -line.amount, "lines_do_not_meet")
        if terms.refund is not None:
            self.check_refund(line, terms.refund, terms.owner)
            require(not self.is_taken(terms.refund, line), "refund_already_matched")
        require(terms.owner != "nobody", "credit_owner_unknown")
        require(terms.owner != "unit", "credit_of_own_unit")

    def check_refund(self, line: Line, refund: Refund, owner: str | None) -> None:
        fits = (
            refund.charge is None
            and refund.state == ("sent" if line.amount < 0 else "paid")
            and owner == "buyer"
            and abs(line.amount) == refund.amount
        )
        require(fits, "line_not_of_refund")

    def is_taken(self, refund: Refund, line: Line) -> bool:
        """Another line out, or in, says that it is this refund, if only for a second person."""
        return any(
            one.terms.refund is refund and one.state != "undone"
            for one in self.matches
            if (one.line.amount < 0) == (line.amount < 0)
        )

    def needs_second(self, line: Line, terms: Terms) -> bool:
        """What came from somebody else, and what a bank kept above what one person books."""
        if not line.from_buyer and (terms.given or terms.owner):
            return True
        if sum(charge for _, _, charge in terms.given) > ALONE:
            return True
        return any(
            charge and charge + self.kept_of(invoice) > ALONE for invoice, _, charge in terms.given
        )

    def kept_of(self, invoice: Invoice | None) -> int:
        booked = [one for one in self.matches if one.state in ("matched", "confirmed")]
        given = [part for match in booked for part in match.terms.given]
        return sum(charge for one, _, charge in given if one is invoice)

    def effect(self, match: Match) -> None:
        """The money is where it belongs. Refused where that is not possible any more."""
        terms, line = match.terms, match.line
        for invoice, amount, charge in terms.given:
            assert invoice is not None
            self.foresee(invoice, [one for one in (amount, charge) if one])
        for invoice, amount, charge in terms.given:
            assert invoice is not None
            self.receive(invoice, amount)
            if charge:
                self.receive(invoice, charge)
            self.post("suspense", "receivable", amount)
            self.post("bank_charges", "receivable", charge)
        if terms.refund is not None:
            self.move_by_bank(terms.refund, line)
        if terms.rest:
            sign = 1 if line.amount > 0 else -1
            goes_out = terms.refund is not None and line.amount < 0
            place = "refund_pending" if goes_out else str(terms.to)
            self.post("suspense", place, sign * terms.rest)
        match.since = len(self.credits)

    def move_by_bank(self, refund: Refund, line: Line) -> None:
        if line.amount < 0:
            self.move(refund, "pay", "paid")
        else:
            self.move(refund, "return", "returned")
            self.lasts(refund)

    def confirm(self, who: Person, match: Match) -> None:
        require(who.sees("bank_line"), "not_found")
        may = who.may("finance", "leader") and match.by != who.name
        require(may, "match_needs_second_person")
        if (match.state, match.confirmed_by) == ("confirmed", who.name):
            return
        require(match.state in ("waiting", "matched"), "wrong_move")
        if match.state == "waiting":
            if match.terms.refund is not None:
                self.check_refund(match.line, match.terms.refund, match.terms.owner)
            self.effect(match)
        self.move(match, "confirm", "confirmed")
        match.confirmed_by = who.name

    def undo(self, who: Person, match: Match) -> None:
        require(who.sees("bank_line"), "not_found")
        if match.confirmed_by is None:
            require(who.may("finance"), "match_needs_finance")
        else:
            may = who.may("finance", "leader") and match.by != who.name
            require(may, "match_undo_needs_second_person")
        if match.undone_by == who.name:
            return
        require(match.state != "undone", "wrong_move")
        if match.state != "waiting":
            self.take_back_match(match)
        self.move(match, "undo", "undone")
        match.undone_by = who.name

    def take_back_match(self, match: Match) -> None:
        terms, line, refund = match.terms, match.line, match.terms.refund
        if refund is not None:
            require(refund.state == ("paid" if line.amount < 0 else "returned"), "wrong_move")
        if terms.to == "customer_credit" and line.amount > 0:
            self.free_credit(match)
        for invoice, amount, charge in terms.given:
            assert invoice is not None
            self.take_back(invoice, amount)
            if charge:
                self.take_back(invoice, charge)
            self.post("receivable", "suspense", amount)
            self.post("receivable", "bank_charges", charge)
        if refund is not None and line.amount < 0:
            self.move(refund, "take_back", "sent")
        elif refund is not None:
            self.move(refund, "reinstate", "paid")
        if terms.rest:
            sign = 1 if line.amount > 0 else -1
            goes_out = refund is not None and line.amount < 0
            place = "refund_pending" if goes_out else str(terms.to)
            self.post(place, "suspense", sign * terms.rest)

    def free_credit(self, match: Match) -> None:
        """What it made was a mistake and goes."""
        require(self.credit >= match.terms.rest, "credit_in_use")

    # Refunds, by whichever way

    def held(self) -> int:
        """What of the credit is asked back, or is all that will pay what was taken: it stays."""
        return self.asked_back() + self.taken()

    def taken(self) -> int:
        """What losses lack, or took of invoices that were credited: only credit will pay it."""
        lacks = [
            one.credited - one.paid - one.offset
            for one in self.invoices
            if one.state in ("open", "part_paid", "uncollectible")
        ]
        return self.lacking() + sum(one for one in lacks if one > 0)

    def here(self) -> int:
        """What covers it: the credit, and what is reserved for refunds that have not gone."""
        waits = [
            one.amount
            for one in self.refunds
            if one.state == "proposed" or (one.state == "approved" and not one.is_called)
        ]
        return self.credit + sum(waits)

    def is_held_back(self, left: int) -> bool:
        held = self.held()
        return held > 0 and left < held

    def require_unheld(self, left: int) -> None:
        """For what was taken already nobody waits."""
        require(left >= self.taken(), "refund_of_owed_credit")
        is_held = self.is_held_back(left)
        waits = is_held and left < self.held() - self.unexplained()
        require(not waits, "refund_of_disputed_credit")
        require(not is_held, "refund_of_credit_refunded_past_the_market")

    def propose_refund(self, who: Person, amount: int, *, known: bool = True) -> Refund:
        require(who.sees("books"), "not_found")
        require(who.may("finance"), "refund_needs_finance")
        require(known, "refund_payee_unknown")
        require(amount <= self.credit, "refund_above_credit")
        self.require_unheld(self.here() - amount)
        return self.reserve(Refund(amount, who.name))

    def reserve(self, refund: Refund) -> Refund:
        refund.since = len(self.credits)
        self.post("customer_credit", "refund_pending", refund.amount)
        self.refunds.append(self.born(refund, "propose", "proposed"))
        return refund

    def release(self, refund: Refund, move: str, to: str) -> None:
        """It ends before its money left: it is credit again."""
        self.move(refund, move, to)
        self.lasts(refund)
        self.post("refund_pending", "customer_credit", refund.amount)

    def may_decide_refund(self, who: Person, refund: Refund) -> None:
        require(who.sees("refund"), "not_found")
        require(who.may("leader"), "refund_needs_the_leader")
        require(refund.by != who.name, "refund_by_its_proposer")

    def approve_refund(self, who: Person, refund: Refund) -> None:
        self.may_decide_refund(who, refund)
        if (refund.state, refund.decided_by) == ("approved", who.name):
            return
        require(refund.state == "proposed", "wrong_move")
        self.still_refundable(refund)
        self.move(refund, "approve", "approved")
        refund.decided_by = who.name

    def still_refundable(self, refund: Refund) -> None:
        self.require_unheld(self.here() - refund.amount)

    def reject_refund(self, who: Person, refund: Refund) -> None:
        self.may_decide_refund(who, refund)
        if (refund.state, refund.decided_by) == ("rejected", who.name):
            return
        require(refund.state == "proposed", "wrong_move")
        self.release(refund, "reject", "rejected")
        refund.decided_by = who.name

    def withdraw_refund(self, who: Person, refund: Refund) -> None:
        require(who.sees("refund"), "not_found")
        is_his = who.may("finance") and refund.by == who.name
        require(is_his, "refund_withdrawn_by_another")
        if refund.state == "withdrawn":
            return
        require(refund.state == "proposed", "wrong_move")
        self.release(refund, "withdraw", "withdrawn")

    def fail_refund(self, who: Person, refund: Refund) -> None:
        require(who.sees("refund"), "not_found")
        require(who.may("finance"), "refund_needs_finance")
        if refund.failed_by == who.name:
            return
        require(not refund.is_called, "refund_is_with_stripe")
        is_own = refund.state == "sent" and refund.by == who.name
        require(not is_own, "sent_refund_by_its_proposer")
        require(refund.state in ("approved", "unknown", "sent"), "wrong_move")
        self.release(refund, "fail", "failed")
        refund.failed_by = who.name

    def send_refunds(self, who: Person) -> None:
        """The cashier lists what is approved, the older first; what stays covers what is held."""
        require(who.sees("books"), "not_found")
        require(who.may("cashier"), "transfer_list_needs_cashier")
        ready = [one for one in self.refunds if one.state == "approved" and one.charge is None]
        if not ready:
            raise Refused("nothing_to_send")
        held, stays = self.held(), self.here()
        goes = []
        for refund in ready:
            if stays - refund.amount >= held:
                stays -= refund.amount
                goes.append(refund)
        are_owed = all(stays - refund.amount < self.taken() for refund in ready)
        require(bool(goes) or not are_owed, "transfer_list_all_owed")
        require(bool(goes), "transfer_list_all_disputed")
        for refund in goes:
            self.move(refund, "send", "sent")
