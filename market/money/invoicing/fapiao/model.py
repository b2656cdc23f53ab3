"""What a fapiao is: its row, states, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import ONE_LINE, Day, Input, Line
from market.base.moves import Moves
from market.identity.organisations.model import Uscc
from market.identity.people.model import Phone
from market.money.invoicing.model import Invoice, is_the_finance


class FapiaoType(StrEnum):
    """普通发票 and 增值税专用发票."""

    ORDINARY = "ordinary"
    SPECIAL = "special"


class FapiaoState(StrEnum):
    """What was issued is never withdrawn; a red fapiao 红字发票 takes it back, or a part of it.

    RED_REQUESTED: its invoice was credited, and a red fapiao is still to be recorded.
    """

    REQUESTED = "requested"
    ISSUED = "issued"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    RED_REQUESTED = "red_requested"
    REVERSED = "reversed"


MOVES: Final = Moves(
    "fapiao",
    {
        ("withdraw", FapiaoState.REQUESTED): FapiaoState.WITHDRAWN,
        ("issue", FapiaoState.REQUESTED): FapiaoState.ISSUED,
        ("deliver", FapiaoState.ISSUED): FapiaoState.DELIVERED,
        ("request_red", FapiaoState.ISSUED): FapiaoState.RED_REQUESTED,
        ("request_red", FapiaoState.DELIVERED): FapiaoState.RED_REQUESTED,
        ("request_red", FapiaoState.RED_REQUESTED): FapiaoState.RED_REQUESTED,
        ("record_red", FapiaoState.RED_REQUESTED): FapiaoState.RED_REQUESTED,
        ("stand_issued", FapiaoState.RED_REQUESTED): FapiaoState.ISSUED,
        ("stand_delivered", FapiaoState.RED_REQUESTED): FapiaoState.DELIVERED,
        ("reverse", FapiaoState.RED_REQUESTED): FapiaoState.REVERSED,
    },
    births={"request": FapiaoState.REQUESTED},
)


class Fapiao(msgspec.Struct, frozen=True):
    """A fapiao, from the buyer's request to its delivery."""

    id: UUID
    invoice_id: UUID
    type: FapiaoType
    title: str
    uscc: str | None
    address: str | None
    phone: str | None
    bank_name: str | None
    bank_account: str | None
    state: FapiaoState
    requested_by: UUID
    number: str | None
    issued_on: date | None
    file_id: UUID | None
    issued_by: UUID | None
    delivered_on: date | None
    delivered_by: UUID | None
    version: int
    created_at: datetime

    def after(self, move: str) -> FapiaoState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, FapiaoState(self.state))


BankAccountNumber: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]
FapiaoNumber: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{20}(?!\s)$")]


class FapiaoRequest(Input, frozen=True):
    """What the buyer wants printed; a special fapiao names the buyer's USCC."""

    type: FapiaoType
    title: Line
    uscc: Uscc | None = None
    address: Line | None = None
    phone: Phone | None = None
    bank_name: Line | None = None
    bank_account: BankAccountNumber | None = None


class IssuedFapiao(Input, frozen=True):
    """What finance reads off the issued document; ``file_id`` is the document, uploaded before."""

    number: FapiaoNumber
    issued_on: Day
    file_id: UUID


class Delivery(Input, frozen=True):
    """The day on which the buyer was given the document."""

    delivered_on: Day


class NotTheBuyersOffice(Forbidden):
    """The title is the buyer's own affair."""

    code = "fapiao_needs_the_buyer"
    zh = "只有买方可以申请发票。请由买方的采购人、付款人或企业管理人登录后办理。"
    en = "Only the buyer asks for a fapiao. Sign in as the buyer's buyer, payer or manager."


class NotTheFapiaoFinance(Forbidden):
    """Tax documents are issued by finance."""

    code = "fapiao_needs_finance"
    zh = "只有服务单位的财务可以登记和交付发票。请由该单位财务登录后办理。"
    en = "Only the providing unit's finance records and delivers a fapiao. Sign in as its finance."


class FapiaoExists(Conflict):
    """Never two live ones for the same money."""

    code = "fapiao_exists"
    zh = "该请款单已有发票或发票申请。如申请有误，请先撤回原申请再重新申请。"
    en = "This invoice has a fapiao or a request for one. Withdraw that request, then ask anew."


class NoFapiaoForVoid(Conflict):
    """A void invoice asks for nothing, so nothing is documented."""

    code = "no_fapiao_for_void_invoice"
    zh = "请款单已作废，不能开具发票。请使用重新开具的请款单。"
    en = "The invoice is void and gets no fapiao. Use the invoice that replaced it."


class NoFapiaoForCredited(Conflict):
    """What is credited whole is owed no more, so nothing is documented."""

    code = "no_fapiao_for_credited_invoice"
    zh = "请款单已由贷项通知全部冲减，不能开具发票。请核对请款单。"
    en = "The invoice is credited whole and gets no fapiao. Check the invoice."


class ExemptIsOrdinary(Conflict):
    """Exempt sales give no input VAT."""

    code = "exempt_fapiao_is_ordinary"
    zh = "免税业务只能开具普通发票。请将发票类型改为普通发票。"
    en = "An exempt invoice gets an ordinary fapiao only. Ask for type 'ordinary'."


class SpecialNeedsUscc(Invalid):
    """A special fapiao identifies its taxpayer."""

    code = "special_fapiao_needs_uscc"
    zh = "专用发票须填写统一社会信用代码。请补充后重新提交。"
    en = "A special fapiao needs the unified social credit code. Add it and send it again."


class FapiaoDateWrong(Invalid):
    """A document is dated today or before, and delivered no earlier than issued."""

    code = "fapiao_date_wrong"
    zh = "日期 {found} 应在 {earliest} 至 {latest} 之间。请核对后重新填写。"
    en = "The date {found} must lie between {earliest} and {latest}. Check it and send it again."


class FapiaoNumberTaken(Conflict):
    """A number is printed on one document."""

    code = "fapiao_number_taken"
    zh = "发票号码 {number} 已登记在另一张发票上。请核对号码。"
    en = "Fapiao number {number} is recorded already. Check the number on the document."


def may_request(actor: Actor, invoice: Invoice) -> bool:
    return actor.acts_for(invoice.buyer_id, Role.BUYER, Role.PAYER, Role.MANAGER)


def may_issue(actor: Actor, invoice: Invoice) -> bool:
    return is_the_finance(actor, invoice.provider_unit_id, invoice.books_unit_id)
