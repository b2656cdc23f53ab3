"""What a retraction is: its row, states, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base import amounts, words
from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Phrase
from market.base.fields import Input, Reason
from market.base.moves import Moves


class RetractionState(StrEnum):
    """APPROVED: the import is taken back."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


MOVES: Final = Moves(
    "statement_retraction",
    {
        ("approve", RetractionState.PROPOSED): RetractionState.APPROVED,
        ("reject", RetractionState.PROPOSED): RetractionState.REJECTED,
    },
    births={"propose": RetractionState.PROPOSED},
)


class Retraction(msgspec.Struct, frozen=True):
    """The import of a file into an account, to be taken back; ``note``: why it was rejected.

    ``lines`` and ``amount_minor`` (in less out) are of the lines that it brought to the account.
    """

    id: UUID
    bank_account_id: UUID
    books_unit_id: UUID
    file_id: UUID
    lines: int
    amount_minor: int
    currency: str
    reason: str
    state: RetractionState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> RetractionState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, RetractionState(self.state))


class Explained(msgspec.Struct, frozen=True):
    """A line of an import with the match that explains it, or that waits to; one ``of_count``."""

    booked_on: date
    amount_minor: int
    currency: str
    counterparty_name: str
    match_state: str
    of_count: int

    @property
    def told(self) -> Phrase:
        amount = amounts.printed(self.amount_minor, self.currency)
        state = words.state("match", self.match_state)
        who = self.counterparty_name.strip()
        return Phrase(
            f"{self.booked_on} {amount}（{'，'.join(filter(None, (who, state.zh)))}）",
            f"{self.booked_on} {amount} ({', '.join(filter(None, (who, state.en)))})",
        )


class LaterImport(msgspec.Struct, frozen=True):
    """What came into the account afterwards; ``is_proposed``: it is to be taken back as well."""

    file_id: UUID
    first_on: date
    until_on: date
    is_proposed: bool


class ProposingRetraction(Input, frozen=True):
    """Why the import does not belong into the account."""

    reason: Reason


class RetractionNeedsFinance(Forbidden):
    """Who imports takes back; a cashier reconciles nothing."""

    code = "retraction_needs_finance"
    zh = "只有该账户所属单位的财务可以申请撤回对账单；出纳不能对账。请由该单位财务登录后办理。"
    en = "Only finance of the account's unit proposes to take a statement back. Ask them."


class RetractionNeedsLeader(Forbidden):
    """What leaves the books is decided above finance."""

    code = "retraction_needs_the_leader"
    zh = "撤回对账单须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on taking a statement back. Ask a leader."


class OwnRetraction(Forbidden):
    """The maker never approves."""

    code = "retraction_by_its_proposer"
    zh = "不能审批自己提出的对账单撤回。请由另一位负责人办理。"
    en = "Nobody decides on taking back what he proposed to take back. Ask another leader."


class RetractionProposed(Conflict):
    """One waiting proposal an import."""

    code = "retraction_already_proposed"
    zh = "该对账单已有待审批的撤回申请。请先由负责人处理。"
    en = "Taking this statement back is proposed already. Have a leader decide on that."


class LinesExplained(Conflict):
    """A line that pays something stays where it is."""

    code = "statement_lines_matched"
    zh = (
        "该次导入有 {count} 笔流水仍有匹配：{lines}。请先逐笔撤销这些匹配（待复核的也须撤销），"
        "再办理撤回。"
    )
    en = (
        "Lines of this import that are still matched: {count}, which are {lines}. Undo these "
        "matches first, those that wait for a second person too, and then take the import back."
    )


class BuiltOn(Conflict):
    """Each import was proved on what those before it had left."""

    code = "statement_built_on"
    zh = (
        "此后该账户又导入了 {count} 份文件，均以本份的余额核对过，最近一份为 {first_on} 至 "
        "{until_on}。请从最近一份起，按导入的相反顺序撤回。"
    )
    en = (
        "Files that were imported into this account later, and proved on what this one left: "
        "{count}. The newest goes from {first_on} to {until_on}. Take that one back first, and so "
        "on in the reverse order."
    )


class ProvesOpening(Conflict):
    """What the books began with was approved on it."""

    code = "statement_proves_opening"
    zh = (
        "{as_of} 建账的期初余额是按这份对账单核对并批准的，撤回后期初余额即无依据，不能撤回。"
        "请保留该对账单，对其中的流水逐笔匹配处理。"
    )
    en = (
        "The opening balance of {as_of} was approved on what this statement says, and would be "
        "proved by nothing without it. Let it stand, and match its lines one by one."
    )


def may_decide(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.approves(books_unit_id, Role.LEADER)
