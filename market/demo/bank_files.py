"""Statements as the city's banks export them: a GB18030 CSV and a camt.053, real files both."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import NamedTuple
from xml.etree import ElementTree as ET  # writing only; nothing foreign is parsed here

CAMT: str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"


class Line(NamedTuple):
    """One movement; ``amount_minor`` is positive when money comes in."""

    on: date
    amount_minor: int
    name: str
    account: str
    remark: str
    reference: str


def icbc_csv(account: str, holder: str, opening_minor: int, lines: list[Line]) -> bytes:
    """The layout of 工商银行's 明细查询: preamble, header, movements, running balance."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write(["账号", account, "户名", holder, "币种", "人民币"])
    write(["起始余额", yuan(opening_minor)])
    write(
        [
            "交易日期",
            "凭证号",
            "对方账号",
            "对方户名",
            "借方发生额",
            "贷方发生额",
            "余额",
            "摘要",
            "附言",
        ]
    )
    balance = opening_minor
    for line in lines:
        balance += line.amount_minor
        debit = yuan(-line.amount_minor) if line.amount_minor < 0 else ""
        credit = yuan(line.amount_minor) if line.amount_minor > 0 else ""
        write(
            [
                f"{line.on:%Y-%m-%d}",
                line.reference,
                line.account,
                line.name,
                debit,
                credit,
                yuan(balance),
                "转账",
                line.remark,
            ]
        )
    write(["期末余额", yuan(balance)])
    return out.getvalue().encode("gb18030")


def camt053(account: str, identity: str, opening_minor: int, lines: list[Line]) -> bytes:
    """A camt.053.001.02 with opening and closing balances and one entry a movement."""
    ET.register_namespace("", CAMT)
    root = ET.Element(f"{{{CAMT}}}Document")
    report = _child(root, "BkToCstmrStmt")
    header = _child(report, "GrpHdr")
    _child(header, "MsgId", identity)
    _child(header, "CreDtTm", f"{lines[-1].on.isoformat()}T18:00:00+08:00")
    statement = _child(report, "Stmt")
    _child(statement, "Id", identity)
    _child(statement, "CreDtTm", f"{lines[-1].on.isoformat()}T18:00:00+08:00")
    holder = _child(statement, "Acct")
    _child(_child(_child(holder, "Id"), "Othr"), "Id", account)
    _child(holder, "Ccy", "CNY")
    closing = opening_minor + sum(line.amount_minor for line in lines)
    _balance(statement, "OPBD", opening_minor, lines[0].on)
    _balance(statement, "CLBD", closing, lines[-1].on)
    for line in lines:
        _entry(statement, line)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _balance(statement: ET.Element, code: str, amount_minor: int, on: date) -> None:
    balance = _child(statement, "Bal")
    _child(_child(_child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _child(balance, "Amt", yuan(abs(amount_minor), "")).set("Ccy", "CNY")
    _child(balance, "CdtDbtInd", "CRDT" if amount_minor >= 0 else "DBIT")
    _child(_child(balance, "Dt"), "Dt", on.isoformat())


def _entry(statement: ET.Element, line: Line) -> None:
    entry = _child(statement, "Ntry")
    _child(entry, "NtryRef", line.reference)
    _child(entry, "Amt", yuan(abs(line.amount_minor), "")).set("Ccy", "CNY")
    _child(entry, "CdtDbtInd", "CRDT" if line.amount_minor > 0 else "DBIT")
    _child(entry, "Sts", "BOOK")
    _child(_child(entry, "BookgDt"), "Dt", line.on.isoformat())
    _child(_child(entry, "ValDt"), "Dt", line.on.isoformat())
    _child(entry, "AcctSvcrRef", line.reference)
    details = _child(_child(entry, "NtryDtls"), "TxDtls")
    _child(_child(details, "Refs"), "EndToEndId", "NOTPROVIDED")
    parties = _child(details, "RltdPties")
    role = "Dbtr" if line.amount_minor > 0 else "Cdtr"
    _child(_child(parties, role), "Nm", line.name)
    _child(_child(_child(_child(parties, f"{role}Acct"), "Id"), "Othr"), "Id", line.account)
    _child(_child(details, "RmtInf"), "Ustrd", line.remark)


def _child(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{CAMT}}}{name}")
    child.text = text
    return child


def yuan(amount_minor: int, thousands: str = ",") -> str:
    """``8600000`` as ``86,000.00``."""
    whole, fen = divmod(abs(amount_minor), 100)
    text = f"{whole:,}" if thousands else str(whole)
    return f"{'-' if amount_minor < 0 else ''}{text}.{fen:02}"
