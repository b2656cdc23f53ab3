"""What an account brings into the books that begin, and what is refused."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.errors import Conflict


class Beginning(msgspec.Struct, frozen=True):
    """An approved account; its first statement's day and the balance before it, if there is one."""

    account_id: UUID
    number: str
    currency: str
    first_on: date | None
    opening_minor: int | None


class BankUnknown(Conflict):
    """Money is kept on approved accounts of ours only."""

    code = "opening_bank_unknown"
    zh = (
        "期初余额有 {count} 行银行存款不是本账套已批准的银行账户，或币种不符。"
        "请先登记并批准该账户；填写有误的，请财务撤回后重新编制。"
    )
    en = (
        "Bank lines of the opening balance that name no approved account of these books in that "
        "currency: {count}. Have the account approved first, or let finance withdraw and prepare "
        "the balance anew."
    )


class OpeningDiffers(Conflict):
    """The bank's own figures are known already."""

    code = "opening_differs_from_statement"
    zh = (
        "账户 {number} 的期初余额为 {found}，而已导入的首份对账单在 {first_on} 之前的余额为 "
        "{known}。请财务撤回后按对账单重新编制。"
    )
    en = (
        "The opening balance of account {number} is {found}, but the first statement imported has "
        "{known} before {first_on}. Let finance withdraw it and prepare it by the statement."
    )


class OpeningTooLate(Conflict):
    """Movements before the books' first day are inside the opening balance, and not beside it."""

    code = "opening_after_statement"
    zh = (
        "账户 {number} 已导入 {first_on} 起的流水，早于建账日 {as_of}。"
        "请财务撤回后，以 {first_on} 或更早的日期重新编制。"
    )
    en = (
        "Movements of account {number} from {first_on} on are imported already, before the books "
        "begin on {as_of}. Let finance withdraw it and prepare it as of {first_on} or before."
    )


class StripeDiffers(Conflict):
    """Stripe's balance was read from its first line on: before that there was nothing in it."""

    code = "opening_differs_from_stripe"
    zh = (
        "期初余额列有 Stripe 资金 {found}，而 Stripe 余额自首笔（{first_on}）起的明细已经入账，"
        "在此之前没有余额。请财务撤回后，去掉 Stripe 各科目重新编制。"
    )
    en = (
        "The opening balance has {found} with Stripe, but Stripe's balance is booked from its "
        "first line, of {first_on}, on: before that it held nothing. Let finance withdraw it and "
        "prepare it without money at Stripe."
    )


class AlreadyPosted(Conflict):
    """What was posted for a day before the books begin would be in them twice."""

    code = "opening_after_postings"
    zh = (
        "本账套已有 {first_on} 起的记账，早于建账日 {as_of}，会与期初余额重复。"
        "请财务撤回后，以 {first_on} 或更早的日期重新编制，不含此后的业务。"
    )
    en = (
        "These books hold postings from {first_on} on, before they begin on {as_of}: they would "
        "count twice. Let finance withdraw it and prepare it as of {first_on} or before, without "
        "what came later."
    )


class AlreadyInvoiced(Conflict):
    """An invoice of ours is posted when it is issued."""

    code = "opening_item_is_own_invoice"
    zh = (
        "期初未清项列有本账套已开出的请款单 {numbers}，其应收款已经入账。"
        "请财务撤回后，去掉这些未清项重新编制。"
    )
    en = (
        "Items of the opening balance are invoices that these books issued and hold already: "
        "{numbers}. Let finance withdraw it and prepare it without them."
    )
