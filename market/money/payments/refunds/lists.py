"""Transfer lists: what is approved, as a file that the cashier sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.base import db, events
from market.base.access import Actor, Role, require
from market.base.db import Connection
from market.base.errors import Conflict, Forbidden, NotFound
from market.base.fields import Input
from market.base.tables import Money, Sheet
from market.ledger.model import NotAReader, may_read
from market.money.payments.held import cover_of
from market.money.payments.refunds import queries
from market.money.payments.refunds.model import Kept, Refund, RefundState, kept_of
from market.money.payments.refunds.queries import TransferList
from market.money.statements.accounts import queries as accounts
from market.money.statements.accounts.model import AccountState


class FullList(TransferList, frozen=True):
    """A list with the number of the account that pays and its refunds, also those gone since."""

    from_account: str
    items: list[Refund]


class HeldBack(msgspec.Struct, frozen=True):
    """An approved refund that is not sent: of the payer's credit ``held_minor`` must stay.

    ``is_owed``: for chargebacks that are lost already; ``is_unexplained``: for what was refunded
    past the market, until that is explained; else until chargebacks are decided.
    """

    refund_id: UUID
    number: str
    amount_minor: int
    held_minor: int
    is_owed: bool
    is_unexplained: bool


class MadeList(TransferList, frozen=True):
    """A new list, with the approved refunds that are not on it because credit must stay."""

    held_back: list[HeldBack]


class NewTransferList(Input, frozen=True):
    """From which own account."""

    bank_account_id: UUID


class ListNeedsCashier(Forbidden):
    """Who keeps receivables sends no money."""

    code = "transfer_list_needs_cashier"
    zh = "付款清单由账套单位的出纳生成和下载。请由出纳登录后办理。"
    en = "Transfer lists are made by the cashier of the unit with the books. Sign in as cashier."


class NothingToSend(Conflict):
    """A list has something on it."""

    code = "nothing_to_send"
    zh = "没有已批准、待付款的退款（{currency}）。请待负责人批准后再生成清单。"
    en = "No refund in {currency} is approved and waiting. Make a list once a leader has approved."


class AllHeldBack(Conflict):
    """What a chargeback may take, or has taken, is not sent as well."""

    code = "transfer_list_all_disputed"
    zh = (
        "已批准的退款（{refunds}）均不能付款：其预存款来自正被拒付或已由未在平台发起的退款退还的在线付款。"
        "请待拒付有结果、待查的退款明细说明后再生成清单，或由财务将退款登记为失败。"
    )
    en = (
        "None of the approved refunds ({refunds}) can be sent: chargebacks ask the credit back, or "
        "it was refunded past the market. Make the list once they are decided and the lines in "
        "suspense are explained, or have finance note that the refunds fail."
    )


class AllOwed(Conflict):
    """Where nothing is left to be decided, nobody waits."""

    code = "transfer_list_all_owed"
    zh = (
        "已批准的退款（{refunds}）均不能付款：其预存款须抵补已败诉的拒付。"
        "请由财务将退款登记为失败，再用预存款抵付因此重新到期的请款单；其余由系统自动扣回。"
    )
    en = (
        "None of the approved refunds ({refunds}) can be sent: the credit is needed for what lost "
        "chargebacks took. Have finance note that the refunds fail, then use the credit for the "
        "invoices that are due again; the rest is taken by itself."
    )


class AccountNotApproved(Conflict):
    """Money leaves from accounts that two people know."""

    code = "account_not_approved"
    zh = "该银行账户尚未批准或已驳回，不能用于付款。请选用已批准的账户。"
    en = "The bank account is not approved and pays nothing. Choose an approved one."


async def make_list(
    conn: Connection, actor: Actor, books_unit_id: UUID, account_id: UUID
) -> MadeList:
    """All that is approved in the account's currency, each refund on one list for ever.

    What of it a chargeback asks back, or took, since it was approved is left out and told of.
    Raises NotFound to a stranger, ListNeedsCashier, AccountNotApproved, NothingToSend, AllHeldBack,
    AllOwed.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(actor.acts_for(books_unit_id, Role.CASHIER), ListNeedsCashier)
        account = await accounts.find_account(conn, actor, account_id)
        require(account.books_unit_id == books_unit_id, NotFound)
        require(account.state == AccountState.APPROVED, AccountNotApproved)
        approved = await queries.lock_approved(conn, books_unit_id, account.currency)
        require(bool(approved), NothingToSend(currency=account.currency))
        sent, held = await _chosen(conn, approved)
        numbers = ", ".join(refund.number for refund in approved)
        are_owed = all(kept.is_owed for _, kept in held)
        why = AllOwed(refunds=numbers) if are_owed else AllHeldBack(refunds=numbers)
        require(bool(sent), why)
        made = await queries.insert_list(conn, actor, account_id, sent)
        await _send(conn, actor, sent, made)
    left_out = [
        HeldBack(
            one.id,
            one.number,
            one.amount_minor,
            kept.held.total_minor,
            kept.is_owed,
            kept.is_unexplained,
        )
        for one, kept in held
    ]
    return MadeList(**msgspec.structs.asdict(made), held_back=left_out)


async def _chosen(
    conn: Connection, approved: Sequence[Refund]
) -> tuple[list[Refund], list[tuple[Refund, Kept]]]:
    """What goes out now, the oldest first, and what stays; each payer is asked about once."""
    sent: list[Refund] = []
    held: list[tuple[Refund, Kept]] = []
    for payer_id, waiting in _by_payer(approved).items():
        books, currency = waiting[0].books_unit_id, waiting[0].currency
        cover = await cover_of(conn, books, payer_id, currency)
        for refund in waiting:
            kept = kept_of(cover, refund.amount_minor)
            if kept is not None:
                held.append((refund, kept))
                continue
            cover = cover.without(refund.amount_minor) if cover is not None else None
            sent.append(refund)
    return sent, held


def _by_payer(refunds: Sequence[Refund]) -> dict[UUID, list[Refund]]:
    of_payer: dict[UUID, list[Refund]] = {}
    for refund in refunds:
        of_payer.setdefault(refund.organisation_id, []).append(refund)
    return of_payer


async def _send(conn: Connection, actor: Actor, sent: Sequence[Refund], made: TransferList) -> None:
    for refund in sent:
        moved = await queries.set_sent(conn, refund, refund.after("send"), made.id)
        await events.record(
            conn,
            actor,
            "refund.sent",
            about=moved,
            move=("send", refund.state),
            changed={"books_unit_id": made.books_unit_id, "refund_list_id": made.id},
        )


async def find_lists(
    conn: Connection, actor: Actor, books_unit_id: UUID, *, after: UUID | None, limit: int
) -> list[TransferList]:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    require(actor.visible is None or books_unit_id in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
    return await queries.lists(conn, actor, books_unit_id, after=after, limit=limit)


async def find_list(conn: Connection, actor: Actor, list_id: UUID) -> FullList:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    found = await queries.find_list(conn, actor, list_id)
    require(may_read(actor), NotAReader)
    account = await accounts.find_account(conn, actor, found.bank_account_id)
    listed = await queries.on_list(conn, list_id)
    whole = msgspec.structs.asdict(found)
    return FullList(**whole, from_account=account.number, items=listed)


def sheet_of(made: FullList) -> Sheet:
    """The list as the bank's form wants it: who, where, how much, and the remark.

    Only what is on its way: what was paid or failed since is left out, lest it be sent again.
    """
    return Sheet(
        f"退款付款清单 {made.created_at:%Y-%m-%d}",
        ("付款账号 from account", "收款人 payee", "收款银行 bank", "收款账号 account",
         "币种 currency", "金额 amount", "附言 remark"),
        _rows(made),
    )  # fmt: skip


def _rows(made: FullList) -> Iterator[tuple[Any, ...]]:
    for one in made.items:
        if one.state == RefundState.SENT:
            amount = Money(one.amount_minor, one.currency)
            payee = (one.payee_name, one.payee_bank, one.payee_account)
            yield (made.from_account, *payee, one.currency, amount, one.number)
