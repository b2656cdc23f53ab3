"""What every statement file is read into, and how the columns of one bank's export are named."""

from __future__ import annotations

from datetime import date

import msgspec


class ReadLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement on the account as the bank booked it; money out has a negative amount.

    ``remark`` joins all free text (摘要, 用途, 附言) in the mapping's order, because payers put the
    payment code into any of them. ``raw`` keeps every filled cell, by its label or its path.
    """

    position: int
    booked_on: date
    value_on: date | None
    amount_minor: int
    balance_after_minor: int | None
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    remark: str
    bank_reference: str
    is_reversal: bool = False
    raw: dict[str, str] = {}


class ReadStatement(msgspec.Struct, frozen=True, kw_only=True):
    """One account, one currency, one span of days; ``account`` is empty if the file names none."""

    account: str
    currency: str
    opening_minor: int
    closing_minor: int
    from_on: date
    until_on: date
    reference: str
    lines: list[ReadLine]


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The labels of each column, the preferred first; money is either two columns or one.

    Banks speak from their side: debit 借 is money out of our account, credit 贷 money into it.
    Where a layout names payer and payee instead of the counterparty, the direction chooses.
    Every ``remark`` column that is there is joined.
    """

    booked_on: tuple[str, ...]
    value_on: tuple[str, ...] = ()
    debit: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    counterparty_name: tuple[str, ...] = ()
    counterparty_account: tuple[str, ...] = ()
    counterparty_bank: tuple[str, ...] = ()
    payer_name: tuple[str, ...] = ()
    payer_account: tuple[str, ...] = ()
    payer_bank: tuple[str, ...] = ()
    payee_name: tuple[str, ...] = ()
    payee_account: tuple[str, ...] = ()
    payee_bank: tuple[str, ...] = ()
    remark: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()


class Labels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands before a value in the rows above and below the table."""

    account: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    from_on: tuple[str, ...] = ()
    until_on: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one layout of one bank is read: a row of data, so that a new bank needs no code.

    ``is_signed``: the one amount column carries its sign, a direction beside it only repeats it.
    ``notes``: words with which a row begins that is no line (合计, 本页小计).
    """

    name: str
    bank: str
    columns: Columns
    labels: Labels = Labels()
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    delimiter: str | None = None
    date_formats: tuple[str, ...]
    inward: tuple[str, ...] = ()
    outward: tuple[str, ...] = ()
    is_signed: bool = False
    currency: str = "CNY"
    notes: tuple[str, ...] = ()
