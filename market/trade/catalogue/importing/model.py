"""Who imports for whom, what becomes of a line, and why one is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.errors import Conflict, Fault, Invalid, MarketError, NotFound

MEMBERS: Final = "members"


class Worker(msgspec.Struct, frozen=True):
    """A member on the unit's register, with the levels of his certificates that are good today."""

    id: UUID
    person_id: UUID | None
    levels: list[str]


class Desk(msgspec.Struct, frozen=True):
    """What all lines of a file share; ``register``: the unit's members by their numbers.

    ``reviewer_id``: who passed them elsewhere; None imports drafts.
    """

    unit_id: UUID
    name_zh: str
    name_en: str | None
    importer: Actor
    reviewer_id: UUID | None
    register: dict[str, Worker]


class Batch(msgspec.Struct, frozen=True):
    """Lines to prepare: their numbers and cells, the ids and the first instant that they get.

    ``ids``: 16 bytes each, for a batch goes to another process and back.
    """

    numbers: list[int]
    rows: list[list[str]]
    ids: bytes
    at: datetime

    def id(self, place: int) -> UUID:
        return UUID(bytes=self.ids[16 * place : 16 * place + 16])

    def instant(self, place: int) -> datetime:
        """Each line its own, so that they keep their order."""
        return self.at + timedelta(microseconds=place)


class LineFault(msgspec.Struct, frozen=True):
    """Why a line was not imported, in both languages; ``column`` where it is a single one."""

    line: int
    column: str | None
    code: str
    zh: str
    en: str


class Prepared(msgspec.Struct, frozen=True):
    """The good lines by their places in the batch, as columns, and the faults of the others."""

    places: list[int]
    columns: list[list[Any]]
    faults: list[LineFault]


class Packed(msgspec.Struct, frozen=True):
    """The good lines as COPY takes them, table by table, and the faults of the others.

    ``tables``: each in small pieces, which one after another are what COPY takes.
    """

    codes: list[str]
    ids: bytes
    tables: list[list[bytes]]
    faults: list[LineFault]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a batch, or of a whole file."""

    imported: int
    already_there: int
    faults: list[LineFault]


class UnitUnknown(NotFound):
    """The unit is named by its name, its USCC, its number prefix or its id."""

    code = "import_unit_unknown"
    zh = (
        "没有名称、统一社会信用代码、编号前缀（请款单号开头的字母）或编号为“{named}”的技协。"
        "请核对。"
    )
    en = "No unit has the name, USCC, number prefix or id '{named}'. Check it."


class PersonUnknown(NotFound):
    """People are named by the address with which they sign in."""

    code = "import_person_unknown"
    zh = "没有以 {email} 登录的人。请核对邮箱。"
    en = "Nobody signs in with {email}. Check the address."


class ColumnsMissing(Invalid):
    """The first line names the columns."""

    code = "import_columns_missing"
    zh = "首行缺少以下各列：{names}。请补上列名。"
    en = "The first line lacks the columns {names}. Add them."


class ColumnsUnknown(Invalid):
    """A column that nobody knows would be lost silently."""

    code = "import_columns_unknown"
    zh = "首行有无法识别或重复的列：{names}。请去掉，或核对拼写。"
    en = "The first line has unknown or doubled columns: {names}. Leave them out or mend them."


class NotReadable(Invalid):
    """Neither UTF-8 nor GB18030, or no CSV at all."""

    code = "import_not_readable"
    zh = "文件不是 UTF-8 或 GB18030 编码的 CSV。请另存为 CSV UTF-8 后重试。"
    en = "The file is no CSV in UTF-8 or GB18030. Save it as CSV UTF-8 and try again."


class CellsMiscounted(Invalid):
    """A line has as many cells as the first one."""

    code = "import_cells_miscounted"
    zh = "本行有 {found} 格，首行有 {expected} 列。请核对逗号和引号。"
    en = "The line has {found} cells, the first one {expected}. Check its commas and quotes."


class NotDigits(Invalid):
    """Spreadsheets write 1E+05 and 1200000.0; what was meant is not guessed."""

    code = "import_not_digits"
    zh = "{column} 只能写数字，单位为{unit}。请把单元格改为文本格式后重填。"
    en = "{column} is written in digits alone, in {unit}. Format the cell as text and mend it."


class CodeTwice(Conflict):
    """A code names one offering."""

    code = "import_code_twice"
    zh = "编号 {repeated} 在第 {first} 行已出现。请每个编号只用一次。"
    en = "The code {repeated} stands in line {first} already. Use each code once."


class CodeDiffers(Conflict):
    """An import adds; it changes nothing."""

    code = "import_code_differs"
    zh = "本单位已有编号为 {taken} 的服务项目，内容与本行不同。导入不作修改，请在系统中修订。"
    en = "The unit's offering {taken} says something else. Imports change nothing: revise it there."


class MembersUnknown(Invalid):
    """Those who do the work are on the unit's register."""

    code = "import_members_unknown"
    zh = "会员编号 {numbers} 不在本单位在册会员之列。请核对。"
    en = "The unit's register has no member {numbers}. Check the numbers."


class TransferNotImported(Invalid):
    """A transfer stands on a right."""

    code = "import_transfer_refused"
    zh = "技术转让项目须指向已登记的知识产权，不能导入。请在系统中起草。"
    en = "A transfer points to a registered right and is not imported. Draft it in the market."


def line_fault(line: int, refusal: MarketError) -> LineFault:
    return LineFault(
        line,
        column_of(refusal.pointer or ""),
        refusal.code,
        refusal.detail("zh-CN"),
        refusal.detail("en"),
    )


def told(line: int, zh: Fault, en: Fault) -> LineFault:
    """A fault of a field, in the words of each language."""
    return LineFault(line, column_of(zh.pointer), zh.code, zh.detail, en.detail)


def column_of(pointer: str) -> str | None:
    """A field as the file names it: members stand there by their numbers."""
    first, *within = pointer.removeprefix("/").split("/")
    return "/".join([MEMBERS if first == "member_ids" else first, *within]) or None
