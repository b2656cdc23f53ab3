"""An opening balance, its lines, its moves, and who may do what with it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base import fields
from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Phrase
from market.base.moves import Moves
from market.ledger.model import Account, Leg

NET_ASSETS: Final = Account("net_assets")
RECEIVABLE: Final = "receivable"
UNNAMED: Final = "期初余额 Opening balance"
EARLIEST: Final = date(2000, 1, 1)
CLASSES: Final = frozenset({"asset", "liability", "fund"})
# Once the books have begun, lines and invoices move these, and nothing tells apart what was there.
KEPT_SINCE: Final = frozenset({"suspense", "vat_deferred", "stripe_disputed"})
# A contribution goes to the unit above, whose leader approves for the one below.
WITHIN: Final = frozenset({"contribution_receivable", "contribution_payable"})


class OpeningState(StrEnum):
    """Where an opening balance stands."""

    PREPARED = "prepared"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


MOVES: Final = Moves(
    "opening_balance",
    {
        ("approve", OpeningState.PREPARED): OpeningState.APPROVED,
        ("withdraw", OpeningState.PREPARED): OpeningState.WITHDRAWN,
    },
    births={"prepare": OpeningState.PREPARED},
)

KindName = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}(?!\s)$")]
SignedMinor = Annotated[
    int,
    Meta(
        ge=-fields.MOST,
        le=fields.MOST,
    ),
]


class LineItem(fields.Input, frozen=True, kw_only=True):
    """One debt of a receivable; below zero what the organisation has to get back."""

    reference: fields.Line
    dated_on: fields.Day
    due_on: fields.Day | None = None
    amount_minor: SignedMinor


class OpeningLine(fields.Input, frozen=True, kw_only=True):
    """What one account holds on the day.

    ``items`` are what a receivable is made of; one that names none is a single item.
    """

    kind: KindName
    subject: UUID | None = None
    currency: fields.Currency
    balance_minor: SignedMinor
    items: Annotated[list[LineItem], Meta(max_length=1_000)] = msgspec.field(default_factory=list)

    def items_on(self, as_of: date) -> list[LineItem]:
        """All that the line is made of."""
        if self.kind != RECEIVABLE or self.items:
            return self.items
        whole = LineItem(reference=UNNAMED, dated_on=as_of, amount_minor=self.balance_minor)
        return [whole]


class NewOpeningBalance(fields.Input, frozen=True, kw_only=True):
    """All that the books begin with; net assets follow and are not given."""

    as_of: fields.Day
    balances: Annotated[list[OpeningLine], Meta(min_length=1, max_length=2_000)]


class NewSupplement(fields.Input, frozen=True, kw_only=True):
    """What was left out, why, and the paper that proves it, uploaded before."""

    reason: fields.Reason
    file_id: UUID
    balances: Annotated[list[OpeningLine], Meta(min_length=1, max_length=2_000)]


class OpeningBalance(msgspec.Struct, frozen=True):
    """The beginning of a unit's books, or what was left out of it.

    ``supplements_id``: the approved one that this adds to, on the same day; it has a reason then
    and evidence, ``file_id``.
    """

    id: UUID
    books: UUID
    as_of: date
    supplements: UUID | None = msgspec.field(name="supplements_id")
    reason: str | None
    file_id: UUID | None
    state: OpeningState
    prepared_by: UUID
    approved_by: UUID | None
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        if self.supplements is not None:
            return f"opening_supplement:{self.id}"
        return f"opening_balance:{self.books}"


class FullOpeningBalance(OpeningBalance, frozen=True):
    """An opening balance with its lines, as a person reads it.

    ``supplemented_by``: the approved supplements, with which the books begin as well.
    """

    balances: list[OpeningLine]
    supplemented_by: list[UUID]


class ChartedKind(msgspec.Struct, frozen=True):
    """What the chart says of a kind of account."""

    kind: str
    category: str
    needs_subject: bool
    debit_side: bool
    zh: str
    en: str

    @property
    def name(self) -> Phrase:
        return Phrase(self.zh, self.en)

    @property
    def may_open(self) -> bool:
        return self.category in CLASSES and self.kind != NET_ASSETS.kind

    def leg(self, line: OpeningLine) -> Leg:
        """The line against the net assets, on the side where the account increases."""
        account, amount = Account(line.kind, line.subject), abs(line.balance_minor)
        if self.debit_side == (line.balance_minor > 0):
            return Leg(account, NET_ASSETS, amount, line.currency)
        return Leg(NET_ASSETS, account, amount, line.currency)


class Keeper(msgspec.Struct, frozen=True):
    """The legal person that keeps a unit's books: the unit itself, or one above it."""

    id: UUID
    name_zh: str
    name_en: str | None

    @property
    def name(self) -> Phrase:
        return Phrase(self.name_zh, self.name_en or self.name_zh)


class OpeningNeedsFinance(Forbidden):
    """The unit's finance prepares, and nobody for another unit."""

    code = "opening_needs_finance"
    zh = "只有本单位财务可以编制或撤回期初余额。请由本单位财务登录后办理。"
    en = "Only the unit's finance prepares or withdraws an opening balance. Sign in as its finance."


class OpeningNeedsLeader(Forbidden):
    """A leader of the unit or of its parent approves."""

    code = "opening_needs_leader"
    zh = "期初余额须由本单位或其上级单位的负责人批准。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent approves an opening balance. Sign in as one."


class OwnOpening(Forbidden):
    """Four eyes."""

    code = "own_opening_balance"
    zh = "编制人不能批准自己编制的期初余额。请由另一位负责人批准。"
    en = "Whoever prepared an opening balance does not approve it. Ask another leader."


class KeepsNoBooks(Conflict):
    """Only legal persons keep books."""

    code = "keeps_no_books"
    zh = "该单位不是独立法人，账目由{keeper}管理。请在该法人单位的账套中办理。"
    en = "This unit is no legal person; its books are kept by {keeper}. Do it in those books."


class AlreadyOpened(Conflict):
    """Books begin once."""

    code = "books_already_opened"
    zh = (
        "该单位已有期初余额。未批准的可先撤回再重新编制；"
        "已批准的不再更改：漏列的科目请编制期初补录，建账后的往来由对账单和请款单入账。"
    )
    en = (
        "These books have an opening balance. Withdraw it if it is not yet approved, and prepare "
        "it anew. An approved one stays: prepare a supplement for what was left out of it; what "
        "came later enters by statements and invoices."
    )


class NotOpenedYet(Conflict):
    """Only what has begun is supplemented."""

    code = "books_not_opened_yet"
    zh = (
        "该账套还没有已批准的期初余额，不能补录。尚未编制的，请编制期初余额；"
        "待批准的，可先撤回，补上漏列的科目后重新编制。"
    )
    en = (
        "These books have no approved opening balance to supplement. Prepare one, or withdraw the "
        "one that waits and prepare it anew with what is missing."
    )


def may_prepare(actor: Actor, books: UUID) -> bool:
    return actor.acts_for(books, Role.FINANCE)


def may_approve(actor: Actor, books: UUID) -> bool:
    return actor.approves(books, Role.LEADER)


def require_books(unit_id: UUID, keeper: Keeper | None) -> None:
    """Raises KeepsNoBooks, which names who keeps them."""
    if keeper is None or keeper.id != unit_id:
        raise KeepsNoBooks(keeper=keeper.name if keeper else Phrase("上级法人单位", "a unit above"))
