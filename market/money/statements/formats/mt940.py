"""MT940, the SWIFT customer statement, bare or in its envelope, of one or several pages.

The library's grammar takes a statement line (field 61) apart, in the variants that banks write. The
rest is read here, because a statement must be whole or refused: the library joins statements, lets
a later line replace one without a type, mends senseless dates, reads unknown bytes as another
alphabet, takes bytes that name a file for that file, and logs what it cannot read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
from mt940 import tags

from market.base import amounts, text
from market.money.statements.formats import checks, refusals
from market.money.statements.formats.model import ReadLine, ReadStatement

_KNOWN: Final = "13D|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS"  # what begins a field
_FIELD: Final = re.compile(rf":({_KNOWN}):(.*)", re.DOTALL)
# No other separator ends a row: a payer could write one into a remark, and a field after it.
_ROW_END: Final = re.compile(r"\r\n|\n|\r")
_ENVELOPE: Final = re.compile(r"\{[1-5]:|-\}|-$")
_BALANCE: Final = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,15},\d{0,5})", re.ASCII)
# The comma is the standard's: without it 5.00 would be 5, with a reference that begins with a dot.
_AMOUNT: Final = re.compile(r"(\d{1,15}),(\d{0,5})", re.ASCII)
_DAY: Final = re.compile(r"\d{6}", re.ASCII)
_SUBFIELD: Final = re.compile(r"\?(\d{2})")
_STRUCTURED: Final = re.compile(r"\d{3}\?\d{2}", re.ASCII)
_FULL_SUBFIELD: Final = 27
_FULL_LINE: Final = 65
_MOST_NAME: Final = 200
_MOST_REMARK: Final = 2_000
_MOST_ROWS: Final = 1_000_000
_NO_REFERENCE: Final = frozenset({"", "NONREF"})
# Not ours to print: what it cannot read are the bank's words about a payer.
logging.getLogger(tags.__name__).setLevel(logging.CRITICAL)

_ENTRY: Final = tags.Statement()


class _Field(msgspec.Struct, frozen=True):
    """``row``: where in the file, for the refusal."""

    tag: str
    value: str
    row: int


class _Balance(msgspec.Struct, frozen=True):
    minor: int
    currency: str
    on: date
    is_final: bool


class _Page(msgspec.Struct, frozen=True):
    """One message; a statement may take several, chained by intermediate balances."""

    account: str
    reference: str
    opening: _Balance
    closing: _Balance
    lines: list[ReadLine]


def looks_like(data: bytes) -> bool:
    """Whether the bytes begin as a message does, in its envelope or without."""
    head = data[:4_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b"{1:", b":20:")) or (
        re.search(rb"(?m)^:20:", head) is not None and re.search(rb"(?m)^:25P?:", head) is not None
    )


def read_mt940(data: bytes, encoding: str | None = None) -> list[ReadStatement]:
    """Every statement of the file, in its order, its pages joined, each checked."""
    fields = list(_fields(_decoded(data, encoding)))
    pages = [_page(message) for message in _messages(fields)]
    if not pages:
        raise refusals.FieldMissing(field=":20:", row=1)
    return [checks.checked(statement) for statement in _joined(pages)]


def _decoded(data: bytes, encoding: str | None) -> str:
    for candidate in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            content = data.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        checks.require_undamaged(content)
        return content
    raise refusals.WrongEncoding(encoding=encoding or "UTF-8 / GB18030")


def _fields(content: str) -> Iterator[_Field]:
    """Fields with their continued lines; the envelope around them is dropped."""
    tag, said, first_row = "", [""], 0
    for row, line in enumerate(_ROW_END.split(content), 1):
        if row > _MOST_ROWS:
            raise refusals.TooManyLines(most=checks.MOST_LINES)
        begins = _FIELD.fullmatch(line)
        if not (begins or _ENVELOPE.match(line)):
            if not tag and line.strip():
                raise refusals.FieldUnreadable(row=row, field="", found=text.shortened(line, 40))
            said.append(line.rstrip())
            continue
        if tag:
            yield _Field(tag, "\n".join(said).strip(), first_row)
        tag, said, first_row = (begins[1], [begins[2]], row) if begins else ("", [""], row)
    if tag:
        yield _Field(tag, "\n".join(said).strip(), first_row)


def _messages(fields: list[_Field]) -> Iterator[list[_Field]]:
    """Each begins with its reference, field 20."""
    message: list[_Field] = []
    for field in fields:
        if field.tag == "20" and message:
            yield message
            message = []
        message.append(field)
    if message:
        yield message


def _page(message: list[_Field]) -> _Page:
    opening = _balance(message, "60F", "60M")
    closing = _balance(message, "62F", "62M")
    if opening.currency != closing.currency:
        raise refusals.CurrenciesMixed(found=f"{opening.currency}、{closing.currency}")
    checks.require_few(sum(field.tag == "61" for field in message))
    account = _value(message, "25", "25P").partition("\n")[0].rpartition("/")[2]
    if not account:
        raise refusals.FieldMissing(field=":25:", row=message[0].row)
    return _Page(
        account=text.plain(account)[:_MOST_NAME],
        reference=text.joined(_value(message, "20"), _value(message, "28C", "28"))[:_MOST_NAME],
        opening=opening,
        closing=closing,
        lines=[line for line in _lines(message, opening.currency) if line.amount_minor],
    )


def _value(message: list[_Field], *wanted: str) -> str:
    return next((field.value for field in message if field.tag in wanted), "")


def _balance(message: list[_Field], *wanted: str) -> _Balance:
    field = next((field for field in message if field.tag in wanted), None)
    if field is None:
        raise refusals.BalancesMissing
    form = _BALANCE.fullmatch(field.value)
    if form is None:
        raise _unreadable(field)
    minor = _minor(form[4], form[3], field)
    sign = 1 if form[1] == "C" else -1
    return _Balance(sign * minor, form[3], _day(form[2], field), field.tag.endswith("F"))


def _lines(message: list[_Field], currency: str) -> Iterator[ReadLine]:
    """Each entry with the information (field 86) that follows it."""
    entry: _Field | None = None
    information: list[str] = []
    for field in message:
        if field.tag == "61":
            if entry:
                yield _line(entry, "\n".join(information), currency)
            entry, information = field, []
        elif field.tag == "86" and entry:
            information.append(field.value)
        elif field.tag.startswith("62") and entry:
            yield _line(entry, "\n".join(information), currency)
            entry = None
    if entry:
        yield _line(entry, "\n".join(information), currency)


def _line(entry: _Field, information: str, currency: str) -> ReadLine:
    found = _entry_parts(entry)
    value_on = _day(found["year"] + found["month"] + found["day"], entry)
    mark = found["status"].upper()
    amount = _minor(found["amount"], currency, entry)
    parts = _structured(information)
    said = [_purpose(parts) if parts else _wrapped(information), found["extra_details"]]
    references = (text.plain(found[each]) for each in ("bank_reference", "customer_reference"))
    return ReadLine(
        position=0,
        booked_on=_booked_on(found, value_on, entry),
        value_on=value_on,
        amount_minor=amount if mark in {"C", "RD"} else -amount,
        balance_after_minor=None,
        counterparty_name=text.shortened(
            text.plain(parts.get("32", "") + parts.get("33", "")), _MOST_NAME
        ),
        counterparty_account=text.plain(parts.get("31", ""))[:_MOST_NAME],
        counterparty_bank=text.plain(parts.get("30", ""))[:_MOST_NAME],
        remark=text.shortened(text.joined(*map(text.plain, said)), _MOST_REMARK),
        bank_reference=next((one for one in references if one not in _NO_REFERENCE), ""),
        is_reversal=mark.startswith("R"),
        raw={"61": entry.value, "86": information},
    )


def _entry_parts(entry: _Field) -> dict[str, str]:
    """By the library's names; what is absent is empty."""
    form = _ENTRY.re.fullmatch(entry.value)
    if form is None:
        raise _unreadable(entry)
    return {name: (value or "").strip() for name, value in form.groupdict().items()}


def _booked_on(found: dict[str, str], value_on: date, entry: _Field) -> date:
    """The day of the entry has no year: it is the one next to the value date."""
    month_and_day = found["entry_month"] + found["entry_day"]
    if not month_and_day:
        return value_on
    near = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        if (day := _maybe_day(f"{year % 100:02d}{month_and_day}")) is not None:
            near.append(day)
    if not near:
        raise _unreadable(entry)
    return min(near, key=lambda day: abs(day - value_on))


def _structured(information: str) -> dict[str, str]:
    """Subfields by their numbers, ``?20``; empty when the bank writes free text."""
    whole = information.replace("\n", "")
    if not _STRUCTURED.match(whole):
        return {}
    _, *pieces = _SUBFIELD.split(whole)
    parts: dict[str, str] = {}
    for number, said in zip(pieces[::2], pieces[1::2], strict=True):
        parts[number] = parts.get(number, "") + said
    return parts


def _purpose(parts: dict[str, str]) -> str:
    """What the payer wrote, else the bank's name for the business."""
    numbers = [number for number in sorted(parts) if number[0] == "2" or "60" <= number <= "63"]
    return _run_on([parts[number] for number in numbers], _FULL_SUBFIELD) or parts.get("00", "")


def _wrapped(information: str) -> str:
    return _run_on(information.split("\n"), _FULL_LINE)


def _run_on(pieces: list[str], full: int) -> str:
    """A piece that fills its room goes on in the next, as a payment code may; others end a word."""
    return "".join(piece if len(piece) >= full else f"{piece} " for piece in pieces).strip()


def _joined(pages: list[_Page]) -> Iterator[ReadStatement]:
    """Pages go on from each other until the final balance; a page that lacks its chain is named."""
    begun: _Page | None = None
    for page in pages:
        if begun is not None:
            if not _goes_on(begun, page):
                raise refusals.PageMissing(reference=begun.reference)
            page = msgspec.structs.replace(  # noqa: PLW2901  the same page, with those before
                page,
                opening=begun.opening,
                reference=begun.reference,
                lines=[*begun.lines, *page.lines],
            )
        elif not page.opening.is_final:
            raise refusals.PageMissing(reference=page.reference)
        begun = None if page.closing.is_final else page
        if begun is None:
            yield _statement(page)
    if begun is not None:
        raise refusals.PageMissing(reference=begun.reference)


def _goes_on(before: _Page, page: _Page) -> bool:
    opening = page.opening
    return (
        not opening.is_final
        and page.account == before.account
        and (opening.minor, opening.currency) == (before.closing.minor, before.closing.currency)
    )


def _statement(page: _Page) -> ReadStatement:
    return ReadStatement(
        account=page.account,
        currency=page.opening.currency,
        opening_minor=page.opening.minor,
        closing_minor=page.closing.minor,
        from_on=page.opening.on,
        until_on=page.closing.on,
        reference=page.reference,
        lines=[
            msgspec.structs.replace(line, position=place)
            for place, line in enumerate(page.lines, 1)
        ],
    )


def _minor(shown: str, currency: str, field: _Field) -> int:
    form = _AMOUNT.fullmatch(shown)
    if form is None:
        raise _unreadable(field)
    digits = amounts.minor_digits(currency)
    fraction = form[2].ljust(digits, "0")
    if fraction[digits:].strip("0"):
        raise amounts.FractionOfMinorUnit(found=shown, currency=currency)
    return int(form[1] + fraction[:digits])


def _day(shown: str, field: _Field) -> date:
    day = _maybe_day(shown)
    if day is None:
        raise _unreadable(field)
    return day


def _maybe_day(shown: str) -> date | None:
    """Two digits of the year, of this century."""
    if not _DAY.fullmatch(shown):
        return None
    try:
        return date(2000 + int(shown[:2]), int(shown[2:4]), int(shown[4:]))
    except ValueError:
        return None


def _unreadable(field: _Field) -> refusals.FieldUnreadable:
    return refusals.FieldUnreadable(
        row=field.row, field=f":{field.tag}:", found=text.shortened(text.plain(field.value), 40)
    )
