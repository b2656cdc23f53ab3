"""Why a statement file is not taken in: each refusal says what to do with the file next."""

from __future__ import annotations

from market.base.errors import Invalid


class StatementRefused(Invalid):
    """The root of what can be wrong with a statement file. Abstract."""

    code = "statement_refused"
    zh = "对账单文件不能导入。请从网上银行重新导出后再试。"
    en = "The statement file cannot be imported. Export it from the bank again and retry."


class FileEmpty(StatementRefused):
    """There is nothing in it."""

    code = "statement_file_empty"
    zh = "文件是空的。请从网上银行重新导出对账单。"
    en = "The file is empty. Export the statement from the bank again."


class FileTooLarge(StatementRefused):
    """More bytes than a statement can have."""

    status = 413
    code = "statement_file_too_large"
    zh = "文件超过 {most_mib} MiB。请按月或按旬分段导出后分别导入。"
    en = "The file is larger than {most_mib} MiB. Export shorter periods and import each."


class FileUnknown(StatementRefused):
    """Neither camt.053 nor MT940 nor a table."""

    code = "statement_file_unknown"
    zh = "不能识别文件 {name}。请从网上银行导出 CSV、XLSX、camt.053 或 MT940 格式的对账单。"
    en = "{name} is no statement that can be read. Export CSV, XLSX, camt.053 or MT940."


class OldWorkbook(StatementRefused):
    """A workbook of before 2007, or a page or table that only calls itself one."""

    code = "statement_old_workbook"
    zh = "{name} 是旧版 .xls 或网页格式。请用表格软件打开，另存为 .xlsx 或 CSV 后再导入。"
    en = "{name} is an old .xls or a web page. Open it and save it as .xlsx or CSV, then import."


class WorkbookUnreadable(StatementRefused):
    """Damaged, encrypted, or no workbook inside the archive."""

    code = "statement_workbook_unreadable"
    zh = "XLSX 文件已损坏或设有密码。请重新导出，去掉密码后再导入。"
    en = "The XLSX file is damaged or has a password. Export it again without one."


class WorkbookTooLarge(StatementRefused):
    """It unpacks to more than a statement can be: a zip bomb."""

    status = 413
    code = "statement_workbook_too_large"
    zh = "XLSX 文件解压后超过 {most_mib} MiB。请按月分段导出，或改用 CSV 格式。"
    en = "The XLSX file unpacks to more than {most_mib} MiB. Export shorter periods, or use CSV."


class NumberLostDigits(StatementRefused):
    """A spreadsheet kept a long number as a float, which holds 15 digits only."""

    code = "statement_number_lost_digits"
    zh = (
        "第 {row} 行的长数字 {found} 被表格软件改成了数值，末位已丢失。请重新导出，"
        "不要用表格软件保存。"
    )
    en = "Row {row}: the long number {found} was saved as a float and lost digits. Export it again."


class WrongEncoding(StatementRefused):
    """The bytes are not text in the encoding asked for."""

    code = "statement_wrong_encoding"
    zh = (
        "文件不是 {encoding} 编码的文本。国内银行的 CSV 多为 GB18030，"
        "请改选编码，或不指定编码由系统识别。"
    )
    en = (
        "The file is not text in {encoding}. Chinese banks mostly write GB18030: choose that, "
        "or leave the encoding out."
    )


class TextDamaged(StatementRefused):
    """Characters were lost before the file came here."""

    code = "statement_text_damaged"
    zh = "文件第 {row} 行有乱码或 NUL 字符，原文已丢失。请从网上银行重新导出，不要转存。"
    en = (
        "Line {row} holds NUL or characters lost in a conversion. Export the file again, "
        "unconverted."
    )


class ColumnsMissing(StatementRefused):
    """No known layout fits the table's header."""

    code = "statement_columns_missing"
    zh = (
        "表头与已知的银行格式不符。最接近的是“{bank}”的格式，缺少列：{missing}。请核对文件，"
        "或为该银行新增列对照。"
    )
    en = (
        "The header fits no known layout. Closest is that of “{bank}”, lacking: {missing}. "
        "Check the file, or add a column mapping for this bank."
    )


class RowUnreadable(StatementRefused):
    """One cell that has to be a date, an amount or a direction is none."""

    code = "statement_row_unreadable"
    zh = "第 {row} 行“{column}”的内容“{found}”无法读取。请核对原始文件，不要手工改动。"
    en = "Row {row}: “{found}” in “{column}” cannot be read. Check the bank's own file."


class XmlBroken(StatementRefused):
    """Truncated or not well-formed."""

    code = "statement_xml_broken"
    zh = "XML 文件不完整或已损坏（第 {row} 行）。请重新下载完整的文件。"
    en = "The XML is truncated or damaged (line {row}). Download the whole file again."


class XmlForbidden(StatementRefused):
    """A document type or entity declaration, which no bank writes."""

    code = "statement_xml_forbidden"
    zh = "XML 文件含有文档类型或实体声明，为安全起见不予读取。请从网上银行重新下载原始文件。"
    en = (
        "The XML declares a document type or entities and is not read. Download the original again."
    )


class NotAStatement(StatementRefused):
    """Well-formed XML of another kind."""

    code = "statement_wrong_kind"
    zh = "XML 的内容是 {found}，不是 camt.053 对账单。请在网上银行选择对账单（camt.053）下载。"
    en = (
        "The XML holds {found}, not a camt.053 statement. Choose the statement (camt.053) to "
        "download."
    )


class ElementMissing(StatementRefused):
    """The standard asks for it and it is absent or senseless."""

    code = "statement_element_missing"
    zh = "camt.053 缺少或无法读取 {element}（内容“{found}”）。请向银行索取符合标准的文件。"
    en = "camt.053: {element} is missing or senseless (“{found}”). Ask the bank for a valid file."


class FieldUnreadable(StatementRefused):
    """A field of an MT940 that is not what the standard says."""

    code = "statement_field_unreadable"
    zh = "MT940 第 {row} 行的字段 {field} 内容“{found}”无法读取。请从网上银行重新下载原始文件。"
    en = "MT940: the field {field} in line {row}, “{found}”, cannot be read. Download it again."


class FieldMissing(StatementRefused):
    """A field that every MT940 has."""

    code = "statement_field_missing"
    zh = "MT940 自第 {row} 行起缺少字段 {field}，文件不完整。请从网上银行重新下载原始文件。"
    en = "MT940: the field {field} is missing from line {row} on. Download the whole file again."


class PageMissing(StatementRefused):
    """The pages of a statement are chained by their intermediate balances."""

    code = "statement_page_missing"
    zh = "对账单 {reference} 的各页不连续，缺少首页、末页或中间页。请重新下载包含所有页的文件。"
    en = "Statement {reference} lacks its first, its last or a page between. Download all pages."


class BalancesMissing(StatementRefused):
    """Without opening and closing nothing proves the file to be whole."""

    code = "statement_balances_missing"
    zh = "文件没有期初、期末余额，也没有逐笔余额，无法核对是否完整。请导出带余额的对账单。"
    en = "The file has neither opening and closing nor running balances. Export it with balances."


class BalancesDiffer(StatementRefused):
    """Opening and lines do not give the closing balance: something is missing or doubled."""

    code = "statement_balances_differ"
    zh = (
        "期初 {opening} 加本期发生额 {entries} 应为 {expected}，而期末余额为 {closing}，"
        "相差 {difference}。文件不完整，请重新导出。"
    )
    en = (
        "Opening {opening} and lines {entries} make {expected}, but closing is {closing}: "
        "{difference} apart. The file is not whole; export it again."
    )


class BalanceBroken(StatementRefused):
    """A line's balance does not follow from the one before."""

    code = "statement_balance_broken"
    zh = (
        "第 {position} 笔后余额应为 {expected}，文件所列为 {found}，相差 {difference}。"
        "请核对是否缺行，重新导出。"
    )
    en = (
        "After line {position} the balance should be {expected}; the file says {found}, "
        "{difference} apart. Lines may be missing; export it again."
    )


class CurrenciesMixed(StatementRefused):
    """A statement has one currency."""

    code = "statement_currencies_mixed"
    zh = "一份对账单只能有一个币种，文件中有 {found}。请按币种分别导出。"
    en = "A statement has one currency; this one has {found}. Export each currency by itself."


class CurrencyUnknown(StatementRefused):
    """Named by words or a code that is no currency."""

    code = "statement_currency_unknown"
    zh = "不认识币种“{found}”。请改用 CNY 等 ISO 4217 代码后重新导出。"
    en = "“{found}” is no known currency. Export with ISO 4217 codes such as CNY."


class AccountsMixed(StatementRefused):
    """A table holds several accounts."""

    code = "statement_accounts_mixed"
    zh = "表中有多个本方账号（{found}）。请按账户分别导出。"
    en = "The table holds several own accounts ({found}). Export each account by itself."


class TooManyLines(StatementRefused):
    """More lines than one import may hold."""

    code = "statement_too_many_lines"
    zh = "一份对账单最多 {most} 笔，请缩短起止日期后分段导出。"
    en = "A statement has at most {most} lines. Export shorter periods and import each."


class DatesSenseless(StatementRefused):
    """A date outside this century, or a period that ends before it begins."""

    code = "statement_dates_senseless"
    zh = "日期 {found} 不合理。请核对对账单的起止日期和交易日期后重新导出。"
    en = "The date {found} makes no sense. Check the period and the dates, then export again."
