"""camt.053, the ISO 20022 bank-to-customer statement, versions .001.02 and later.

Elements are found by their local names, so that namespace and version do not matter. Where the
standard moved them (``Dbtr/Nm`` and ``Dbtr/Pty/Nm``, ``Sts`` and ``Sts/Cd``, amounts of a
transaction) both places are read. A batch entry becomes one line a transaction when each states its
amount and they sum to the entry; otherwise it stays the one line that the bank booked.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import msgspec
from defusedxml import DefusedXmlException

from market.base import amounts, text
from market.money.statements.formats import checks, refusals
from market.money.statements.formats.model import ReadLine, ReadStatement

_CHINA: Final = timezone(timedelta(hours=8))
_MOST_TAGS: Final = 8_000_000
_MOST_NAME: Final = 200
_MOST_REMARK: Final = 2_000
_CURRENCY: Final = re.compile("[A-Z]{3}")
_DECIMAL: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,5}))?")
_CHINESE_XML: Final = re.compile(
    rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["'](gb18030|gbk|gb2312)["'][^>]{0,100}\?>""", re.I
)
_DATED: Final = ("Dt/Dt", "Dt/DtTm")
_VALUE: Final = ("ValDt/Dt", "ValDt/DtTm")
_ABSENT: Final = frozenset({"", "NOTPROVIDED"})

Drafts: TypeAlias = dict[Element, list[ReadLine]]


def read_camt(data: bytes) -> list[ReadStatement]:
    """Every statement of the file, in its order, each checked."""
    root, drafts = _parsed(data)
    statements = _all(root, "BkToCstmrStmt/Stmt")
    if _name(root) != "Document" or not statements:
        kind = next(iter(root), root) if _name(root) == "Document" else root
        raise refusals.NotAStatement(found=text.shortened(_name(kind), 60))
    return [_statement(statement, drafts) for statement in statements]


def _parsed(data: bytes) -> tuple[Element, Drafts]:
    """The file without the inside of its entries, which are read as they come and let go."""
    drafts: Drafts = {}
    if data.count(b"<") > _MOST_TAGS:
        raise refusals.TooManyLines(most=checks.MOST_LINES)
    try:
        reading = defusedxml.ElementTree.iterparse(
            io.BytesIO(_in_utf8(data)), events=("start", "end"), forbid_dtd=True
        )
        _, root = next(reading)
        for event, element in reading:
            if event == "end" and _name(element) == "Ntry":
                _draft(element, drafts)
    except DefusedXmlException as fault:
        raise refusals.XmlForbidden from fault
    except ParseError as fault:
        raise refusals.XmlBroken(row=fault.position[0]) from fault
    except (ValueError, LookupError) as fault:
        raise refusals.WrongEncoding(encoding="XML") from fault
    return root, drafts


def _draft(entry: Element, drafts: Drafts) -> None:
    """The lines of an entry that states its currency; only its amount is kept of it."""
    amount = _first(entry, "Amt")
    currency = "" if amount is None else amount.get("Ccy", "")
    if amount is None or not _CURRENCY.fullmatch(currency):
        return
    drafts[entry] = list(_lines(entry, currency)) if _is_booked(entry) else []
    entry[:] = [amount]


def _in_utf8(data: bytes) -> bytes:
    """The parser knows no Chinese encoding; such a file is decoded here, strictly."""
    declared = _CHINESE_XML.match(data)
    if declared is None:
        return data
    return data[declared.end() :].decode("gb18030").encode()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: Element | None, path: str) -> list[Element]:
    """The elements at a path of local names."""
    found = [] if element is None else [element]
    for step in path.split("/"):
        found = [child for parent in found for child in parent if _name(child) == step]
    return found


def _first(element: Element | None, *paths: str) -> Element | None:
    return next((found for path in paths for found in _all(element, path)), None)


def _said(element: Element | None, *paths: str) -> str:
    """The text at the first of the paths that says something."""
    texts = (text.plain(found.text or "") for path in paths for found in _all(element, path))
    return next((said for said in texts if said not in _ABSENT), "")


def _statement(statement: Element, known: Drafts) -> ReadStatement:
    opening = _balance(statement, "OPBD", "PRCD")
    closing = _balance(statement, "CLBD")
    currency = _currency(statement, [opening, closing])
    entries = _all(statement, "Ntry")
    checks.require_few(len(entries))
    lines = [
        line
        for entry in entries
        for line in known.get(entry) or _lines_if_booked(entry, known, currency)
        if line.amount_minor
    ]
    from_on = _day(statement, "FrToDt/FrDtTm", "FrToDt/FrDt") or _day(opening, *_DATED)
    until_on = _day(statement, "FrToDt/ToDtTm", "FrToDt/ToDt") or _day(closing, *_DATED)
    if from_on is None or until_on is None:
        raise refusals.ElementMissing(element="Bal/Dt", found="")
    return checks.checked(
        ReadStatement(
            account=_said(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")[:_MOST_NAME],
            currency=currency,
            opening_minor=_signed(opening, currency),
            closing_minor=_signed(closing, currency),
            from_on=from_on,
            until_on=until_on,
            reference=_said(statement, "Id", "ElctrncSeqNb")[:_MOST_NAME],
            lines=[
                msgspec.structs.replace(line, position=place) for place, line in enumerate(lines, 1)
            ],
        )
    )


def _currency(statement: Element, balances: list[Element]) -> str:
    """The one currency that account, balances and booked entries all state."""
    amounts_in = [_all(balance, "Amt")[:1] for balance in balances]
    amounts_in += [_all(entry, "Amt")[:1] for entry in _all(statement, "Ntry")]
    stated = {amount.get("Ccy", "") for found in amounts_in for amount in found}
    stated |= {_said(statement, "Acct/Ccy")}
    codes = stated - {""}
    if len(codes) > 1:
        raise refusals.CurrenciesMixed(found="、".join(sorted(codes)))
    code = next(iter(codes), "")
    if not _CURRENCY.fullmatch(code):
        raise refusals.CurrencyUnknown(found=text.shortened(code, 20))
    return code


def _balance(statement: Element, *kinds: str) -> Element:
    """The first balance of the preferred kind; of several closing ones (pages) the last."""
    for kind in kinds:
        found = [b for b in _all(statement, "Bal") if _said(b, "Tp/CdOrPrtry/Cd", "Tp/Cd") == kind]
        if found:
            return found[-1 if kind == "CLBD" else 0]
    raise refusals.BalancesMissing


def _is_booked(entry: Element) -> bool:
    """Pending and informational entries are no part of the booked balance."""
    return _said(entry, "Sts/Cd", "Sts") in {"", "BOOK"}


def _lines_if_booked(entry: Element, known: Drafts, currency: str) -> Iterator[ReadLine]:
    """Of an entry that names no currency of its own."""
    if entry not in known and _is_booked(entry):
        yield from _lines(entry, currency)


def _lines(entry: Element, currency: str) -> Iterator[ReadLine]:
    booked = _signed(entry, currency)
    details = _all(entry, "NtryDtls/TxDtls")
    parts = [_part(detail, entry, currency) for detail in details]
    known = [part for part in parts if part is not None]
    if len(details) > 1 and len(known) == len(details) and sum(known) == booked:
        for detail, part in zip(details, known, strict=True):
            yield _line(entry, [detail], part, currency)
    else:
        yield _line(entry, details, booked, currency)


def _part(detail: Element, entry: Element, currency: str) -> int | None:
    """What one transaction of a batch moved, where the file says so in the account's currency."""
    amount = _first(detail, "Amt", "AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != currency:
        return None
    direction = _said(detail, "CdtDbtInd") or _said(entry, "CdtDbtInd")
    return _direction(direction) * _minor(amount, currency)


def _line(entry: Element, details: list[Element], amount: int, currency: str) -> ReadLine:
    booked_on = _day(entry, "BookgDt/Dt", "BookgDt/DtTm") or _day(entry, *_VALUE)
    if booked_on is None:
        raise refusals.ElementMissing(element="Ntry/BookgDt", found="")
    is_reversal = _said(entry, "RvslInd") in {"true", "1"}
    parties = details[0] if len(details) == 1 else None
    came_in = (amount > 0) != is_reversal
    roles = ("Dbtr", "Cdtr") if came_in else ("Cdtr", "Dbtr")
    detail_references = [_said(detail, "Refs/AcctSvcrRef") for detail in details]
    own_reference = detail_references[0] if len(details) == 1 else ""
    return ReadLine(
        position=0,
        booked_on=booked_on,
        value_on=_day(entry, *_VALUE),
        amount_minor=amount,
        balance_after_minor=None,
        counterparty_name=_party(parties, roles, "RltdPties/{}/Nm", "RltdPties/{}/Pty/Nm"),
        counterparty_account=_party(
            parties, roles, "RltdPties/{}Acct/Id/IBAN", "RltdPties/{}Acct/Id/Othr/Id"
        ),
        counterparty_bank=_party(
            parties,
            roles,
            *(f"RltdAgts/{{}}Agt/FinInstnId/{leaf}" for leaf in ("Nm", "BICFI", "BIC")),
            "RltdAgts/{}Agt/FinInstnId/ClrSysMmbId/MmbId",
        ),
        remark=text.shortened(_remark(entry, details), _MOST_REMARK),
        bank_reference=(own_reference or _said(entry, "AcctSvcrRef", "NtryRef"))[:_MOST_NAME],
        is_reversal=is_reversal,
        raw=_raw(entry, details, currency),
    )


def _party(detail: Element | None, roles: tuple[str, str], *paths: str) -> str:
    """The other side: the payer of what came in, the payee of what went out.

    A reversal keeps the parties of the transaction that it takes back. Some banks name only one
    role, which then is the counterparty whichever it is.
    """
    said = (_said(detail, *(path.format(role) for path in paths)) for role in roles)
    return text.shortened(next((name for name in said if name), ""), _MOST_NAME)


def _remark(entry: Element, details: list[Element]) -> str:
    """All that the payer may have written, and the bank's own words where he wrote nothing."""
    paths = (
        "RmtInf/Ustrd",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/RfrdDocInf/Nb",
        "RmtInf/Strd/AddtlRmtInf",
        "Refs/EndToEndId",
        "AddtlTxInf",
    )
    said = [
        text.plain(found.text or "")
        for detail in details
        for path in paths
        for found in _all(detail, path)
    ]
    written = text.joined(*(part for part in said if part not in _ABSENT))
    return written or _said(entry, "AddtlNtryInf")


def _raw(entry: Element, details: list[Element], currency: str) -> dict[str, str]:
    """The leaves of the entry, and of its transaction if there is one, by their paths."""
    leaves = dict(_leaves(entry, ""))
    for detail in details[:1] if len(details) == 1 else []:
        leaves |= dict(_leaves(detail, "TxDtls/"))
    return leaves | {"Ccy": currency}


def _leaves(element: Element, before: str) -> Iterator[tuple[str, str]]:
    """Repeated leaves are joined by a line break, in order."""
    texts: dict[str, list[str]] = {}
    waiting = [(child, before) for child in reversed(element)]
    while waiting:
        child, path = waiting.pop()
        name = _name(child)
        if name == "TxDtls":
            continue
        said = (child.text or "").strip()
        if said:
            texts.setdefault(path + name, []).append(said)
        waiting += [(grandchild, f"{path}{name}/") for grandchild in reversed(child)]
    return ((path, "\n".join(said)) for path, said in texts.items())


def _signed(element: Element, currency: str) -> int:
    amount = _first(element, "Amt")
    if amount is None:
        raise refusals.ElementMissing(element=f"{_name(element)}/Amt", found="")
    return _direction(_said(element, "CdtDbtInd")) * _minor(amount, currency)


def _direction(indicator: str) -> int:
    if indicator not in {"CRDT", "DBIT"}:
        raise refusals.ElementMissing(element="CdtDbtInd", found=text.shortened(indicator, 40))
    return 1 if indicator == "CRDT" else -1


def _minor(amount: Element, currency: str) -> int:
    """Plain decimals; the standard allows five, of which those past the coin must be nought."""
    shown = (amount.text or "").strip()
    form = _DECIMAL.fullmatch(shown)
    if form is None or not shown.isascii():
        raise refusals.ElementMissing(element="Amt", found=text.shortened(shown, 40))
    digits = amounts.minor_digits(currency)
    fraction = (form[2] or "").ljust(digits, "0")
    if fraction[digits:].strip("0"):
        raise amounts.FractionOfMinorUnit(found=shown, currency=currency)
    return int(form[1] + fraction[:digits])


def _day(element: Element | None, *paths: str) -> date | None:
    """A date, or the day that an instant has in China."""
    shown = _said(element, *paths)
    if not shown:
        return None
    try:
        instant = datetime.fromisoformat(shown)
    except ValueError as fault:
        raise refusals.ElementMissing(element=paths[0], found=text.shortened(shown, 40)) from fault
    if instant.tzinfo is not None and len(shown) > len("2026-08-15+08:00"):
        instant = instant.astimezone(_CHINA)
    return instant.date()
