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
from market.base.errors import Conflict, Forbidden, Invalid, Phrase
from market.base.moves import Moves
from market.ledger.model import Account, Leg

NET_ASSETS: Final = Account("net_assets")
RECEIVABLE: Final = "receivable"
UNNAMED: Final = "期初余额 Opening balance"
EARLIEST: Final = date(2000, 1, 1)
CLASSES: Final = frozenset({"asset", "liability", "fund"})


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

KindName = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}(?!\s)$", description="A kind of the chart.")]
SignedMinor = Annotated[
    int,
    Meta(
        ge=-fields.MOST,
        le=fields.MOST,
        description="On the account's usual side; below zero means on the other.",
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

    ``supplements``: the approved one that this adds to, on the same day; it has a reason then and
    evidence, ``file_id``.
    """

    id: UUID
    books: UUID
    as_of: date
    supplements: UUID | None
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
    """An opening balance with its lines, as a person reads it."""

    balances: list[OpeningLine]


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


class AccountHasBegun(Conflict):
    """An account begins once."""

    code = "opening_account_known"
    zh = (
        "“{kind}”的该科目已列入期初余额或另一份补录，期初金额只能列一次。"
        "另一份补录尚待批准且有误的，可撤回后重新编制；已批准的请核对期初余额及其补录。"
    )
    en = (
        "This account of '{kind}' is in the opening balance or in another supplement, and begins "
        "once. Withdraw that supplement if it waits and is wrong; what is approved stays, so look "
        "the account up in the opening balance and its supplements."
    )


class DebtHasBegun(Conflict):
    """A debt is owed once."""

    code = "opening_item_known"
    zh = (
        "该单位的未清项“{reference}”已列入期初余额或另一份补录。请核对后删除该项；"
        "确是另一笔债的，请在 items 中填写其单据编号以示区别。"
    )
    en = (
        "Item '{reference}' of this organisation is in the opening balance or in another "
        "supplement. Leave it out; if it is another debt, name it in items by its own document."
    )


class OpeningDayWrong(Invalid):
    """Books begin on a day that has come."""

    code = "opening_day_wrong"
    zh = "建账日 {found} 应在 {earliest} 至 {latest} 之间。请核对后重新填写。"
    en = "The day {found} must lie between {earliest} and {latest}. Check it and send it again."


class NotInChart(Invalid):
    """The kind does not exist in the chart, or does not open."""

    code = "account_not_in_chart"
    zh = "“{found}”不能作为期初余额科目。请选用资产、负债或基金类科目。"
    en = "'{found}' cannot open with a balance. Choose an asset, a liability or a fund."


class SubjectNeeded(Invalid):
    """Some kinds have an account for each of those that they are of."""

    code = "opening_subject_needed"
    zh = (
        "“{kind}”须按明细对象列示。请填写 subject：单位、个人、本账套的合同或银行账户的编号，"
        "每个对象一行。"
    )
    en = (
        "'{kind}' has an account for each subject. Give it, one a line: the id of an organisation, "
        "a person, or a contract or bank account of these books."
    )


class SubjectMisplaced(Invalid):
    """Other kinds are one account."""

    code = "opening_subject_misplaced"
    zh = "“{kind}”不分明细对象。请删除该行的 subject。"
    en = "'{kind}' is of no subject. Leave out the subject of this line."


class SubjectUnknown(Invalid):
    """An account is somebody's or something's that is there."""

    code = "opening_subject_unknown"
    zh = (
        "“{kind}”的明细对象不存在，或不属于本账套。"
        "请核对 subject：单位、个人、本账套的合同或银行账户的编号。"
    )
    en = (
        "The subject of '{kind}' does not exist or is not of these books. Check it: the id of an "
        "organisation, a person, or a contract or bank account of these books."
    )


class OwedToItself(Invalid):
    """Nobody owes himself, nor whoever keeps his books."""

    code = "opening_subject_is_own_unit"
    zh = (
        "“{kind}”的明细对象是本账套的单位自身，或由本账套记账的单位；同一账套内没有往来。"
        "请填写对方单位的编号。"
    )
    en = (
        "The subject of '{kind}' is the unit of these books itself, or one whose books these are "
        "too, and nobody owes himself. Give the id of the other organisation."
    )


class AccountTwice(Invalid):
    """One line an account."""

    code = "account_listed_twice"
    zh = "“{kind}”的同一明细重复列示。请合并为一行。"
    en = "The same account of '{kind}' is listed twice. Put it on one line."


class NoBalance(Invalid):
    """A line of nothing."""

    code = "balance_is_zero"
    zh = "“{kind}”的余额为零。请删除这一行。"
    en = "The balance of '{kind}' is zero. Leave this line out."


class ItemsMisplaced(Invalid):
    """Only a receivable is made of items."""

    code = "opening_items_misplaced"
    zh = "“{kind}”不分未清项，只有应收账款可以列示。请删除该行的 items。"
    en = "'{kind}' has no open items; only a receivable has. Leave out the items of this line."


class ItemsDiffer(Invalid):
    """A receivable is the sum of its items."""

    code = "opening_items_differ"
    zh = "未清项合计 {found}，与该行余额 {balance} 不符。请核对后重新填写。"
    en = "The items sum to {found}, the line's balance is {balance}. Check them and send it again."


class ItemTwice(Invalid):
    """A reference tells one item from another."""

    code = "opening_item_listed_twice"
    zh = "该行有两个未清项的编号都是“{reference}”。请改用不同的编号，或合并为一项。"
    en = "Two items of this line are called '{reference}'. Name them apart, or make them one."


class ItemDayWrong(Invalid):
    """A debt that the books begin with is older than the books, and due after it was made."""

    code = "opening_item_day_wrong"
    zh = "未清项“{reference}”的日期应在 {earliest} 至 {as_of} 之间，到期日不得早于它。请核对日期。"
    en = (
        "Item '{reference}' must be dated between {earliest} and {as_of}, and be due no earlier "
        "than that. Check its dates."
    )


def may_prepare(actor: Actor, books: UUID) -> bool:
    return actor.acts_for(books, Role.FINANCE)


def may_approve(actor: Actor, books: UUID) -> bool:
    return actor.approves(books, Role.LEADER)


def require_books(unit_id: UUID, keeper: Keeper | None) -> None:
    """Raises KeepsNoBooks, which names who keeps them."""
    if keeper is None or keeper.id != unit_id:
        raise KeepsNoBooks(keeper=keeper.name if keeper else Phrase("上级法人单位", "a unit above"))
