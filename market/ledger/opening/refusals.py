"""What is wrong with a line of an opening balance, or of a supplement."""

from __future__ import annotations

from market.base.errors import Conflict, Invalid


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


class ReceivableHasBegun(Conflict):
    """A receivable that names no items is one debt, and is owed once."""

    code = "opening_receivable_known"
    zh = (
        "该单位的“{kind}”已不分未清项列入期初余额或另一份补录。请核对后删除该行；"
        "确有漏列的债，请在 items 中按其单据编号逐笔列示。"
    )
    en = (
        "'{kind}' of this organisation is in the opening balance or in another supplement already, "
        "as one amount. Leave the line out; if a debt is missing there, name it in items by its "
        "own document."
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


class KeptByTheMarket(Invalid):
    """What the market reckons itself begins with nothing."""

    code = "opening_account_kept_by_market"
    zh = (
        "“{kind}”由平台按其退款和合同的办理情况记账，不能列入期初余额。请删除这一行；"
        "建账前欠客户的款项请列入客户预存款，客户所欠请列入应收账款。"
    )
    en = (
        "'{kind}' follows from refunds and contracts in the market, and opens with nothing. Leave "
        "out this line; what was owed to a customer before the books began is customer credit, "
        "what a customer owed is a receivable."
    )


class DisputedBefore(Invalid):
    """A chargeback ends what Stripe holds, and none is booked of a day before the books began."""

    code = "opening_account_disputed"
    zh = (
        "“{kind}”只随平台登记的拒付增减，建账前的拒付不在其中，列入后无从了结。请删除这一行："
        "仍应由付款人支付的列入其应收账款；收不回的，在建账前计入损失，不再列示。"
        "此后胜诉的，退回的款项列入待查款，由财务说明其去向，经负责人批准后入账。"
    )
    en = (
        "'{kind}' follows from chargebacks that the market has booked, and nothing would ever end "
        "what was disputed before the books began. Leave out this line: what its payer still owes "
        "is a receivable, and what is lost is a loss of before that day, on no line. What is won "
        "later comes back into suspense; finance explains where it belongs, and a leader approves."
    )


class UnexplainedBefore(Invalid):
    """What is in suspense is explained by the line that brought it."""

    code = "opening_account_unexplained"
    zh = (
        "“{kind}”按带来款项的流水逐笔查明，建账前的款项在平台没有流水，列入后无从查明。"
        "请删除这一行，并按其性质列示：已知付款人的列入其客户预存款，其他应付的列入应付供应商款，"
        "应收回的列入应收账款。"
    )
    en = (
        "'{kind}' is explained by the lines that brought the money, and none is here of what came "
        "before the books began. Leave out this line and name the money as what it is: customer "
        "credit of its payer, supplier payable where others are owed, a receivable where it is to "
        "come back."
    )


class MovedSinceTheBooksBegan(Invalid):
    """A supplement adds nothing to what lines and invoices have moved since."""

    code = "opening_account_moved_since"
    zh = (
        "“{kind}”自建账起由平台按流水和请款单记账，不能补录。请删除这一行；"
        "收到而未查明的款项，请在导入其银行账户的对账单后匹配。"
    )
    en = (
        "'{kind}' has followed from lines and invoices since the books began, and is not "
        "supplemented. Leave out this line; money that came and was not explained is matched once "
        "the statement of its bank account is imported."
    )


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
