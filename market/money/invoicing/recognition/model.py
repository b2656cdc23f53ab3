"""What a recognition is, and what refuses it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import ONE_LINE, Day, Input


class Recognition(msgspec.Struct, frozen=True):
    """The recognition of one technology contract, with the paper that proves it."""

    id: UUID
    contract_id: UUID
    number: str
    recognised_on: date
    file_id: UUID
    recorded_by: UUID
    version: int
    created_at: datetime

    def says(self, given: RecognitionGiven) -> bool:
        return (self.number, self.recognised_on, self.file_id) == (
            given.number,
            given.recognised_on,
            given.file_id,
        )


class RecognitionGiven(Input, frozen=True):
    """What finance reads off the authority's paper; ``file_id`` is that paper, uploaded before."""

    number: Annotated[str, Meta(min_length=1, max_length=64, pattern=ONE_LINE)]
    recognised_on: Day
    file_id: UUID


class NotTheFinanceOfTheContract(Forbidden):
    """Tax papers are kept by finance."""

    code = "recognition_needs_finance"
    zh = "只有服务单位或其账套单位的财务可以登记认定编号。请由其财务登录后办理。"
    en = (
        "Only finance of the providing unit or of the unit whose books it is in records a "
        "recognition. Sign in as its finance."
    )


class RecognisedInFuture(Invalid):
    """The authority's date cannot lie ahead."""

    code = "recognised_in_future"
    zh = "认定日期 {recognised_on} 晚于今天。请核对认定证明上的日期。"
    en = "The recognition is dated {recognised_on}, after today. Check the date on the paper."


class RecognisedBeforeContract(Invalid):
    """What is recognised is a contract that is there."""

    code = "recognised_before_contract"
    zh = "认定日期 {recognised_on} 早于合同生效日 {effective_on}。请核对认定证明上的日期和合同。"
    en = (
        "The recognition is dated {recognised_on}, before the contract's first day, "
        "{effective_on}. Check the date on the paper, and the contract."
    )


class RecognitionNumberTaken(Conflict):
    """A number is of one contract: an exemption is claimed once."""

    code = "recognition_number_taken"
    zh = "认定编号 {number} 已登记在另一份合同下。请核对认定证明上的编号和合同。"
    en = (
        "The recognition number {number} stands under another contract. Check the number on the "
        "paper, and the contract."
    )


class RecognitionInUse(Conflict):
    """An exempt invoice stands on it."""

    code = "recognition_in_use"
    zh = "已有免税请款单依据此认定编号开具，不能再改。如确有错误，请先作废有关请款单。"
    en = "Exempt invoices stand on this recognition. Have them voided first if it is wrong."
