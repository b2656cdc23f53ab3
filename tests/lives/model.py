"""What money does to invoices by the rules of the market, in integers: it knows none of the code.

Each act either changes the model or raises ``Refused`` with the code that people are told; nothing
is changed then. ``Books`` keeps what both rails have in common, ``bank`` and ``cards`` the rails.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, NamedTuple

When = Literal["late", "today", "ahead"]


class Refused(Exception):
    """The market says no, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


BOOKKEEPING: Final = ("bank_line", "match", "write_off", "void_proposal", "books")


def require(is_so: bool, code: str) -> None:
    if not is_so:
        raise Refused(code)


class Person(NamedTuple):
    """Who acts, and in which roles; ``name`` is one of a person, whatever hat he wears."""

    name: str
    roles: frozenset[str]

    def may(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def sees(self, table: str) -> bool:
        """A buyer sees what is between the two of them, and nothing of how the unit keeps books."""
        return bool(self.roles) and not (self.may("buyer") and table in BOOKKEEPING)


@dataclass(eq=False)
class Thing:
    """Something with a state; ``id`` is the market's name for it, which tells the model nothing."""

    table: ClassVar[str] = ""
    id: Any = field(default=None, kw_only=True)
    state: str = field(default="", kw_only=True)


@dataclass(eq=False)
class Milestone:
    id: Any
    net: int
    accepted: bool = False
    credited: int = 0

    @property
    def left(self) -> int:
        return self.net - self.credited


@dataclass(eq=False)
class Invoice(Thing):
    table = "invoice"
    amount: int
    net: int
    vat: int
    when: When
    by: str
    paid: int = 0
    credited: int = 0
    credited_vat: int = 0
    offset: int = 0
    due_vat: int = 0

    @property
    def open(self) -> int:
        return 0 if self.state == "void" else self.amount - self.paid - self.offset

    @property
    def uncredited(self) -> int:
        return 0 if self.state == "void" else self.amount - self.credited

    @property
    def untaxed(self) -> int:
        """Its net price without what was credited."""
        return self.net - self.credited + self.credited_vat

    def vat_in(self, amount: int) -> int:
        return half_up(self.vat * amount, self.amount)


@dataclass(eq=False)
class Proposal(Thing):
    """Asked for by finance, decided by a leader who is somebody else."""

    invoice: Invoice
    by: str
    decided_by: str | None = None


@dataclass(eq=False)
class Void(Proposal):
    table = "void_proposal"


@dataclass(eq=False)
class Loss(Proposal):
    table = "write_off"
    amount: int = 0


@dataclass(eq=False)
class Note(Proposal):
    table = "credit_note"
    amount: int = 0
    vat: int = 0
    parts: list[tuple[Milestone, int]] = field(default_factory=list)
    asked: object = None


@dataclass(eq=False)
class Use(Thing):
    table = "credit_use"
    invoice: Invoice
    amount: int
    since: int
    undone_by: str | None = None


# What a move needs, and where it leads, where the world lets an invoice be.
PAYABLE: Final = ("open", "part_paid")
INVOICE: Final[dict[str, tuple[tuple[str, ...], str | None]]] = {
    "pay": (PAYABLE, "paid"),
    "pay_part": (PAYABLE, "part_paid"),
    "recover": (("uncollectible",), "paid"),
    "recover_part": (("uncollectible",), "part_paid"),
    "take_back": (("paid", "part_paid", "uncollectible"), "open"),
    "take_back_part": (("paid", "part_paid", "uncollectible"), "part_paid"),
    "credit": ((*PAYABLE, "paid"), "paid"),
    "credit_part": (PAYABLE, None),
    "void": (("open",), "void"),
    "write_off": (PAYABLE, "uncollectible"),
}


def half_up(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)


def followed(state: str, move: str) -> str:
    """Where an invoice gets by a move."""
    origins, to = INVOICE[move]
    require(state in origins, "wrong_move")
    return to or state


class Books:
    """One buyer, one contract, one unit's books: accounts are debits less credits."""

    def __init__(self, milestones: list[Milestone]) -> None:
        self.milestones = milestones
        self.accounts: Counter[str] = Counter()
        self.invoices: list[Invoice] = []
        self.voids: list[Void] = []
        self.losses: list[Loss] = []
        self.notes: list[Note] = []
        self.uses: list[Use] = []
        self.hits: Counter[Any] = Counter()
        # The buyer's credit after each of its movements.
        self.credits: list[int] = []

    # How anything moves

    def post(self, debit: str, credit: str, amount: int) -> None:
        self.accounts[debit] += amount
        self.accounts[credit] -= amount
        if amount and "customer_credit" in (debit, credit):
            self.credits.append(self.credit)

    @property
    def credit(self) -> int:
        return -self.accounts["customer_credit"]

    def born(self, thing: Any, move: str, state: str) -> Any:
        self.hits[thing.table, move, ""] += 1
        thing.state = state
        return thing

    def move(self, thing: Thing, move: str, to: str) -> None:
        self.hits[thing.table, move, thing.state] += 1
        thing.state = to

    def move_invoice(self, invoice: Invoice, move: str) -> None:
        self.move(invoice, move, followed(invoice.state, move))
        self.tax(invoice)

    def tax(self, invoice: Invoice) -> None:
        """VAT is due in proportion to what came, whole when all is settled or the day has come."""
        if invoice.state == "void":
            return
        left = invoice.vat - invoice.credited_vat
        if invoice.when != "ahead" or invoice.paid + invoice.offset >= invoice.amount:
            due = left
        else:
            due = min(invoice.vat_in(invoice.paid), left)
        self.post("vat_deferred", "vat_payable", due - invoice.due_vat)
        invoice.due_vat = due

    # Issuing

    def issue(self, who: Person, wanted: Invoice, far: bool) -> Invoice:
        """``wanted`` is what its instalment says; ``far`` where its day is too far ahead."""
        require(who.sees("invoice"), "not_found")
        require(who.may("finance"), "not_the_finance")
        if wanted in self.invoices and wanted.state != "void":
            require(wanted.by == who.name, "already_invoiced")
            return wanted
        require(not far, "instalment_not_yet_due")
        wanted.by = who.name
        self.invoices.append(self.born(wanted, "issue", "open"))
        self.post("receivable", "contract_position", wanted.net)
        self.post("receivable", "vat_deferred", wanted.vat)
        self.tax(wanted)
        return wanted

    # Money that comes to an invoice, or goes from it

    def foresee(self, invoice: Invoice, amounts: list[int]) -> None:
        """Refused where not all of it can be received, one after the other."""
        state, paid = invoice.state, invoice.paid
        for amount in amounts:
            pays = paid + amount + invoice.offset == invoice.amount
            name = "recover" if state == "uncollectible" else "pay"
            after = followed(state, name if pays else f"{name}_part")
            require(amount <= invoice.amount - paid - invoice.offset, "more_than_open")
            state, paid = after, paid + amount

    def receive(self, invoice: Invoice, amount: int) -> None:
        self.foresee(invoice, [amount])
        name = "recover" if invoice.state == "uncollectible" else "pay"
        self.revive(invoice)
        invoice.paid += amount
        self.move_invoice(invoice, name if invoice.open == 0 else f"{name}_part")

    def take_back(self, invoice: Invoice, amount: int) -> None:
        self.revive(invoice)
        invoice.paid -= amount
        self.move_invoice(invoice, "take_back_part" if invoice.paid else "take_back")

    def revive(self, invoice: Invoice) -> None:
        """Any money that moves on what was given up takes the loss back whole."""
        for loss in self.losses:
            if loss.invoice is invoice and loss.state == "approved":
                self.move(loss, "recover", "recovered")
                self.post("receivable", "write_off", loss.amount)

    # What finance proposes and a leader decides

    def may_propose(self, who: Person) -> None:
        require(who.sees("invoice"), "not_found")
        require(who.may("finance"), "not_the_finance")

    def may_decide(self, who: Person, asked: Proposal, word: str) -> None:
        is_hidden = asked.state != "issued" and who.may("buyer")
        require(who.sees(asked.table) and not is_hidden, "not_found")
        require(who.may("leader"), f"{word}_needs_the_leader")
        require(asked.by != who.name, f"{word}_by_its_proposer")

    def waiting(self, asked: list[Any], invoice: Invoice) -> Any:
        found = (one for one in asked if one.invoice is invoice and one.state == "proposed")
        return next(found, None)

    def reject(self, who: Person, asked: Proposal, word: str) -> None:
        self.may_decide(who, asked, word)
        if (asked.state, asked.decided_by) == ("rejected", who.name):
            return
        require(asked.state == "proposed", "wrong_move")
        self.move(asked, "reject", "rejected")
        asked.decided_by = who.name

    def propose_void(self, who: Person, invoice: Invoice) -> Void:
        self.may_propose(who)
        if live := self.waiting(self.voids, invoice):
            require(live.by == who.name, "void_already_proposed")
            return live  # type: ignore[no-any-return]
        self.can_be_void(invoice)
        self.voids.append(self.born(Void(invoice, who.name), "propose", "proposed"))
        return self.voids[-1]

    def can_be_void(self, invoice: Invoice) -> None:
        require(invoice.paid == 0, "invoice_has_receipts")
        require(invoice.credited == 0, "invoice_was_credited")
        require(invoice.state == "open", "wrong_move")
        require(invoice.when == "ahead", "invoice_past_tax_point")

    def approve_void(self, who: Person, asked: Void) -> None:
        self.may_decide(who, asked, "void")
        if (asked.state, asked.decided_by) == ("approved", who.name):
            return
        require(asked.state == "proposed", "wrong_move")
        invoice = asked.invoice
        self.can_be_void(invoice)
        self.move(asked, "approve", "approved")
        asked.decided_by = who.name
        self.move_invoice(invoice, "void")
        self.post("contract_position", "receivable", invoice.net)
        self.post("vat_deferred", "receivable", invoice.vat)

    def propose_loss(self, who: Person, invoice: Invoice) -> Loss:
        self.may_propose(who)
        if live := self.waiting(self.losses, invoice):
            require(live.by == who.name, "write_off_already_proposed")
            return live  # type: ignore[no-any-return]
        self.can_be_lost(invoice)
        made = Loss(invoice, who.name, amount=invoice.open)
        self.losses.append(self.born(made, "propose", "proposed"))
        return made

    def can_be_lost(self, invoice: Invoice) -> None:
        followed(invoice.state, "write_off")
        require(invoice.when == "late", "write_off_not_overdue")
        require(self.unperformed(invoice) == 0, "write_off_of_unperformed")
        require(self.credit == 0, "write_off_with_credit")

    def unperformed(self, invoice: Invoice) -> int:
        """Accepted work covers what is due first; of a part for each milestone nothing is told."""
        days = {"late": 0, "today": 1, "ahead": 2}
        live = [one for one in self.invoices if one.state != "void"]
        live.sort(key=lambda one: days[one.when])
        until = sum(one.untaxed for one in live[: live.index(invoice) + 1])
        lacks = until - sum(one.left for one in self.milestones if one.accepted)
        return 0 if lacks <= len(self.milestones) else min(invoice.untaxed, lacks)

    def approve_loss(self, who: Person, asked: Loss) -> None:
        self.may_decide(who, asked, "write_off")
        if (asked.state, asked.decided_by) == ("approved", who.name):
            return
        require(asked.state == "proposed", "wrong_move")
        invoice = asked.invoice
        self.can_be_lost(invoice)
        require(asked.amount == invoice.open, "write_off_amount_changed")
        self.move(asked, "approve", "approved")
        asked.decided_by = who.name
        self.move_invoice(invoice, "write_off")
        self.post("write_off", "receivable", asked.amount)

    def accept(self, milestone: Milestone) -> None:
        milestone.accepted = True
        self.post("contract_position", "revenue", milestone.left)

    # Credit

    def use_credit(self, who: Person, invoice: Invoice, amount: int) -> Use:
        require(who.sees("invoice"), "not_found")
        require(who.may("finance"), "credit_needs_finance")
        require(amount <= self.credit, "credit_too_small")
        left, since = self.credit - amount, len(self.credits)
        require(left >= self.lacking(), "credit_owed_for_chargebacks")
        held = self.lacking() + self.asked_back()
        require(left >= held - self.unexplained(), "credit_held_for_chargebacks")
        require(left >= held, "credit_refunded_past_the_market")
        self.receive(invoice, amount)
        self.post("customer_credit", "receivable", amount)
        self.uses.append(self.born(Use(invoice, amount, since), "use", "used"))
        return self.uses[-1]

    def asked_back(self) -> int:
        """What of the credit payers' banks ask back."""
        return 0

    def unexplained(self) -> int:
        return 0

    def lacking(self) -> int:
        """What losses found no credit for, until it is recovered."""
        return 0

    def lasts(self, use: Any) -> None:
        """Credit that was used or reserved, and is credit again, was in no use all the while."""
        for place in range(use.since, len(self.credits)):
            self.credits[place] += use.amount
        use.since = len(self.credits)

    def undo_use(self, who: Person, use: Use) -> None:
        require(who.sees("invoice"), "not_found")
        require(who.may("finance"), "credit_needs_finance")
        if use.undone_by == who.name:
            return
        require(use.state == "used", "wrong_move")
        self.take_back(use.invoice, use.amount)
        self.lasts(use)
        self.post("receivable", "customer_credit", use.amount)
        self.move(use, "undo", "undone")
        use.undone_by = who.name
