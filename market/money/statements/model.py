"""Statements and their lines: rows, the moves of a line, refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.errors import Conflict, Forbidden, Invalid
from market.base.moves import Moves


class LineState(StrEnum):
    """The first two are in suspense; CONFIRMED: by a second person; RETRACTED: with its import.

    SUGGESTED or UNMATCHED is of the day when the line came to suspense: by its import, or when its
    match was undone. It does not follow what is paid or asked for later, as suggestions do.
    """

    UNMATCHED = "unmatched"
    SUGGESTED = "suggested"
    MATCHED = "matched"
    CONFIRMED = "confirmed"
    RETRACTED = "retracted"


MOVES: Final = Moves(
    "bank_line",
    {
        ("suggest", LineState.UNMATCHED): LineState.SUGGESTED,
        ("match", LineState.UNMATCHED): LineState.MATCHED,
        ("match", LineState.SUGGESTED): LineState.MATCHED,
        ("confirm", LineState.MATCHED): LineState.CONFIRMED,
        ("undo", LineState.SUGGESTED): LineState.UNMATCHED,
        ("undo", LineState.MATCHED): LineState.UNMATCHED,
        ("undo", LineState.CONFIRMED): LineState.UNMATCHED,
        ("retract", LineState.UNMATCHED): LineState.RETRACTED,
        ("retract", LineState.SUGGESTED): LineState.RETRACTED,
    },
    births={"import": LineState.UNMATCHED},
)
IN_SUSPENSE: Final = (LineState.UNMATCHED, LineState.SUGGESTED)


class StatementState(StrEnum):
    """RETRACTED: its import was taken back; it says nothing of the account any more."""

    IMPORTED = "imported"
    RETRACTED = "retracted"


STATEMENT_MOVES: Final = Moves(
    "statement",
    {("retract", StatementState.IMPORTED): StatementState.RETRACTED},
    births={"import": StatementState.IMPORTED},
)


class Statement(msgspec.Struct, frozen=True):
    """What one file says of one account; ``opening_minor`` is the balance before ``first_on``.

    Statements of one import share ``file_id``, and are taken back together.
    """

    id: UUID
    bank_account_id: UUID
    books_unit_id: UUID
    file_id: UUID
    sha256: str
    position: int
    reference: str
    from_on: date
    until_on: date
    first_on: date
    currency: str
    opening_minor: int
    closing_minor: int
    lines: int
    new_lines: int
    state: StatementState
    imported_by: UUID
    version: int
    created_at: datetime

    def after(self, move: str) -> StatementState:
        """Where the move leads; raises WrongMove."""
        return STATEMENT_MOVES.after(move, StatementState(self.state))


class BankLine(msgspec.Struct, frozen=True):
    """One movement on an own account; money out is below zero.

    A ``state`` of suggested or unmatched tells what was found when the line came to suspense, by
    import or undoing, and stays. What it may be today is in the ``suggestions`` of the full line.

    ``state`` 为 suggested（有建议）或 unmatched（未匹配）时，是该笔导入或撤销匹配当时的结果，
    此后不变；目前的建议见单笔流水的 ``suggestions``。
    """

    id: UUID
    bank_account_id: UUID
    books_unit_id: UUID
    statement_id: UUID
    position: int
    booked_on: date
    value_on: date | None
    amount_minor: int
    currency: str
    balance_after_minor: int | None
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    remark: str
    bank_reference: str
    is_reversal: bool
    raw: dict[str, Any]
    state: LineState
    version: int
    created_at: datetime

    def after(self, move: str) -> LineState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, LineState(self.state))

    @property
    def cause(self) -> str:
        """What its posting on the bank account is known by."""
        return f"bank_line:{self.id}"

    @property
    def retracted_cause(self) -> str:
        """What mirrors that posting is known by."""
        return f"bank_line_retracted:{self.id}"

    @property
    def in_suspense(self) -> bool:
        return self.state in IN_SUSPENSE


class KnownLine(msgspec.Struct, frozen=True):
    """What a file is compared with: ``key`` tells one line from another."""

    id: UUID
    key: str
    booked_on: date
    value_on: date | None
    amount_minor: int
    currency: str
    balance_after_minor: int | None
    counterparty_name: str
    counterparty_bank: str


class Restated(msgspec.Struct, frozen=True):
    """A known line of which a file says something else; the line stays as it was."""

    line_id: UUID
    booked_on: date
    amount_minor: int
    currency: str
    field: str
    known: str
    found: str


class Neighbour(msgspec.Struct, frozen=True):
    """The statement that was imported next to another, and the file that it was read from."""

    name: str
    first_on: date
    until_on: date


class OpenedBooks(msgspec.Struct, frozen=True):
    """The day on which books began, and an account's balance then; None where they name none."""

    as_of: date
    balance_minor: int | None


class TakenIn(msgspec.Struct, frozen=True):
    """The statements of a file, and what was new in them; ``repeated``: the file was known."""

    statements: list[Statement]
    new_count: int
    repeated: bool
    restated: list[Restated] = []


class ImportNeedsFinance(Forbidden):
    """A cashier moves money and therefore reconciles nothing."""

    code = "import_needs_finance"
    zh = "只有该账户所属单位的财务可以导入对账单；出纳不能对账。请由该单位财务登录后办理。"
    en = "Only finance of the account's unit imports its statements, and no cashier. Ask them."


class OtherAccount(Invalid):
    """The file speaks of another account."""

    code = "statement_of_other_account"
    zh = "文件所列账号为 {found}，不是所选账户 {expected}。请选择对应的账户，或重新导出。"
    en = "The file is of account {found}, not of {expected}. Choose its account, or export again."


class KnownFromNameless(Conflict):
    """Its lines stand in another account, into which a file was imported that named none."""

    code = "statement_known_from_nameless"
    zh = (
        "文件中的流水此前已由一份未列账号的文件导入账户 {name}（{number}），再次导入会重复计算。"
        "请核对两个账户；如此前导错了账户，请该单位财务先申请撤回那份对账单，负责人批准后再导入本文件。"
    )
    en = (
        "Lines of this file were taken into {name} ({number}) before, from a file that named no "
        "account; taken again they would count twice. Check both accounts; if that was the wrong "
        "one, have its finance propose to take that statement back, and import this file once a "
        "leader has approved."
    )


class NamelessKnown(Conflict):
    """Nothing in the file tells whose it is, and its lines are known of another account."""

    code = "statement_imported_elsewhere"
    zh = (
        "文件未列账号，其流水已导入账户 {name}（{number}）。同一流水只属于一个账户，"
        "请选择本账户的文件，或从银行导出列有账号的文件；如此前导错了账户，请先申请撤回那份对账单。"
    )
    en = (
        "The file names no account, and its lines are known of {name} ({number}) already. A line "
        "is of one account: choose this account's own file, or export one that names its account. "
        "If that was the wrong account, propose to take that statement back first."
    )


class OtherCurrency(Invalid):
    """An account has one currency."""

    code = "statement_of_other_currency"
    zh = "文件的币种为 {found}，账户的币种为 {expected}。请选择对应币种的账户。"
    en = "The file is in {found}, the account in {expected}. Choose the account of that currency."


class DatesAhead(Invalid):
    """Banks book no future."""

    code = "statement_dates_ahead"
    zh = "文件有 {found} 的日期，晚于今天 {today}。请核对文件的日期后重新导出。"
    en = "The file has the date {found}, after today, {today}. Check its dates and export it again."


class OpeningBroken(Conflict):
    """A statement begins where what is known of the account ends."""

    code = "statement_opening_differs"
    zh = (
        "文件在 {on} 首笔之前的余额为 {found}，而按{source}，{on} 日初余额应为 {known}，"
        "相差 {difference}。{known_of_day}"
        "文件从 {on} 当中开始的，请导出该日整日；之前有缺的，请先导入之前的对账单。"
    )
    en = (
        "Before its first line, of {on}, the file has {found}; by {source} the day begins with "
        "{known}: {difference} apart. {known_of_day} "
        "If the file begins within {on}, export the whole day; if days before it are missing, "
        "import those first."
    )


class ClosingBroken(Conflict):
    """Lines of days that are known already were changed, left out or cut."""

    code = "statement_closing_differs"
    zh = (
        "文件 {on} 的期末余额为 {found}，而 {first_on} 日初余额 {opening} 加上{counted}，"
        "应为 {known}，相差 {difference}。{missing}"
        "文件改动过或未按整日导出，请重新导出 {first_on} 至 {on} 的完整对账单。"
    )
    en = (
        "The file closes on {on} with {found}; {opening}, with which {first_on} begins, and "
        "{counted} make {known}: {difference} apart. {missing} "
        "The file was changed or cut: export the whole days from {first_on} to {on} again."
    )


class OtherForm(Conflict):
    """The same movements under other words: another format of the bank, or edited remarks."""

    code = "statement_in_other_form"
    zh = (
        "{on} 的流水已经导入过：日期、金额相同，但摘要、流水号或对方账号不同，"
        "像是另一种格式的导出。一天的流水只按一种格式导入，请用原来的格式，或从尚未导入的日期起导出。"
    )
    en = (
        "Movements of {on} with the same amounts are known already under another remark, reference "
        "or counterparty account: this looks like the bank's export in another format. Import a "
        "day in one format only: use the one before, or export the days not imported yet."
    )


class DayKnown(Conflict):
    """What is known of a day is neither changed nor added to in between."""

    code = "statement_day_known"
    zh = (
        "{on} 的流水已经导入，文件在该日另有 {added} 笔，又缺少已导入的 {missing} 笔。"
        "请核对，并重新导出该日完整的对账单，或从尚未导入的日期起导出。"
    )
    en = (
        "The lines of {on} are known already; the file has {added} and leaves out {missing} "
        "of those known. Check it and export the whole day again, or the days not imported yet."
    )


class BeforeOpening(Conflict):
    """Earlier movements are inside the opening balance of the books."""

    code = "statement_before_opening"
    zh = "对账单始于 {found}，早于已建账账户的首份对账单 {first}。更早的流水已包含在期初余额中。"
    en = (
        "The statement begins on {found}, before the account's first on {first}. Earlier "
        "movements are in the opening balance of the books; import later days only."
    )


class BeforeBooks(Conflict):
    """Movements before the books begin are inside their opening balance."""

    code = "statement_before_books"
    zh = (
        "对账单始于 {found}，早于建账日 {as_of}。更早的流水已包含在期初余额中，"
        "请只导入 {as_of} 起的流水。该账户漏列于期初余额的，请财务先编制期初补录，"
        "补上其 {as_of} 日初的余额，经负责人批准后再导入。"
    )
    en = (
        "The statement begins on {found}, before the books begin on {as_of}. Earlier movements "
        "are in the opening balance; import those from {as_of} on only. If the account was left "
        "out of it, let finance prepare a supplement of the opening balance with what it held as "
        "{as_of} began, and a leader approve that first."
    )


class NotInOpening(Conflict):
    """Books that begin without an account begin with nothing on it."""

    code = "statement_not_in_opening"
    zh = (
        "账簿自 {as_of} 建账，期初余额没有该账户，即该账户从 0.00 开始；"
        "文件在 {on} 首笔之前的余额为 {found}。该账户建账后才开户的，请从余额为 0.00 的开户之日起"
        "导出并导入对账单；建账时已有余额、当时漏列的，请财务编制期初补录，经负责人批准后再导入 "
        "{as_of} 起的流水。"
    )
    en = (
        "The books began on {as_of} without this account, so it begins with 0.00; before its first "
        "line, of {on}, the file has {found}. If it was opened since, export and import it from "
        "its first day on, when it held 0.00. If it held money already and was left out, let "
        "finance prepare a supplement of the opening balance and a leader approve it; then import "
        "what came from {as_of} on."
    )
