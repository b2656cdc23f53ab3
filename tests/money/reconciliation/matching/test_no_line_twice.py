"""A movement of the bank is taken once, under whatever words its exports tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.base import clock
from market.base.db import Connection
from market.demo import bank_files
from market.money.statements import model
from tests.world import money
from tests.world.money import Bank, Line

PAIR = [
    Line(99_999_00, "某厂", "预付", reference="Z1"),
    Line(-99_999_00, "某厂", "退", reference="Z2"),
]
SAME_PAIR = [Line(99_999_00, "某厂", "预付."), Line(-99_999_00, "某厂", "退.")]
MORNING = [Line(10_00, "甲"), Line(20_00, "乙")]


async def held(conn: Connection, bank: Bank) -> int:
    return await money.balance(conn, bank.account.books_unit_id, "bank", bank.account.id)


async def camt(conn: Connection, bank: Bank, lines: list[Line]) -> bytes:
    """The same movements as the bank tells them in camt.053: other references and remarks."""
    today = await clock.today(conn)
    entries = [
        bank_files.Line(
            today - timedelta(days=line.days_ago), line.amount_minor, line.name, "6222001",
            f"/RFB/{line.remark}", f"C{place}",
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip
    return bank_files.camt053(bank.account.number, "S1", money.OPENING_MINOR, entries)


async def test_movements_that_cancel_are_not_taken_again_under_other_words(
    conn: Connection,
) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, PAIR)

    for again in (SAME_PAIR, SAME_PAIR[::-1], [*SAME_PAIR, Line(1_00)]):
        with pytest.raises((model.OtherForm, model.DayKnown)):
            await money.imported(conn, bank, again)

    assert len(await money.suspense(conn, bank.finance)) == 2


async def test_nor_on_top_of_the_lines_that_stay_the_same(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [*MORNING, *PAIR])

    with pytest.raises(model.DayKnown, match="2 others and leaves out 2"):
        await money.imported(conn, bank, [*MORNING, *SAME_PAIR])


async def test_a_file_of_the_form_before_is_not_blamed_on_its_form(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [*MORNING, Line(5_00, "丁")])

    with pytest.raises(model.ClosingBroken, match=r"50,030\.00.*50,055\.00"):
        await money.imported(conn, bank, [MORNING[0], Line(20_00, "丙", "另一笔")])


async def test_the_day_in_another_format_is_told_as_such(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    lines = [Line(30_00, "丙", "货款", days_ago=1), *MORNING]
    await money.imported(conn, bank, lines)
    data = await camt(conn, bank, lines)

    with pytest.raises(model.OtherForm, match="another format"):
        await money.import_bytes(conn, bank, data, name="对账单.xml")

    assert await held(conn, bank) == 60_00


async def test_a_file_that_names_no_account_goes_into_one_of_the_books(conn: Connection) -> None:
    bank, elsewhere = await money.unit_bank(conn), await money.unit_bank(conn)
    second = await money.second_account(conn, bank)
    nameless = await money.nameless_file(conn, bank, MORNING)
    await money.import_bytes(conn, bank, nameless)

    saved_again = "\ufeff" + nameless.decode("gb18030").replace("\r\n", "\n")
    part = await money.nameless_file(conn, bank, MORNING[:1])
    longer = await money.nameless_file(conn, bank, [*MORNING, Line(5_00, "丁")])
    for same in (nameless, saved_again.encode(), part, longer):
        with pytest.raises(model.NamelessKnown, match=bank.account.number):
            await money.import_bytes(conn, second, same)

    assert (await held(conn, bank), await held(conn, second)) == (30_00, 0)
    third = await money.second_account(conn, bank)
    named = await money.csv_file(conn, third, MORNING)
    with pytest.raises(model.KnownFromNameless, match=bank.account.number):
        await money.import_bytes(conn, third, named)
    assert (await money.import_bytes(conn, bank, nameless)).new_count == 0
    assert (await money.import_bytes(conn, elsewhere, nameless)).new_count == 2
    own = await money.nameless_file(conn, second, MORNING, opening_minor=0)
    assert (await money.import_bytes(conn, second, own)).new_count == 2


@pytest.mark.parametrize(
    ("shown", "is_ours"),
    [("{head}****{tail}", True), ("****", True), ("----", True), ("9{head}****", False)],
)
async def test_a_number_that_hides_digits_names_no_account_but_shows_no_other(
    conn: Connection, shown: str, is_ours: bool
) -> None:
    bank = await money.unit_bank(conn)
    number = bank.account.number
    masked = shown.format(head=number[:4], tail=number[-4:])
    data = await money.csv_file(conn, bank, MORNING)
    data = data.replace(number.encode(), masked.encode())
    if not is_ours:
        with pytest.raises(model.OtherAccount):
            await money.import_bytes(conn, bank, data)
        return
    assert (await money.import_bytes(conn, bank, data)).new_count == 2
    second = await money.second_account(conn, bank)
    with pytest.raises(model.KnownFromNameless, match=number):
        await money.import_bytes(conn, second, await money.csv_file(conn, second, MORNING))


async def test_nor_under_other_words_where_it_comes_to_the_same_balances(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    second = await money.second_account(conn, bank)
    await money.import_bytes(conn, bank, await money.nameless_file(conn, bank, MORNING))

    reworded = [line._replace(remark=f"{line.remark}.") for line in MORNING]
    with pytest.raises(model.NamelessKnown, match=bank.account.number):
        await money.import_bytes(conn, second, await money.nameless_file(conn, bank, reworded))


@pytest.mark.parametrize(("told_first", "told_then"), [(False, False), (True, False)])
@pytest.mark.parametrize("names_first", [False, True])
async def test_nor_where_no_balances_tell_it_and_lines_were_added(
    conn: Connection, told_first: bool, told_then: bool, names_first: bool
) -> None:
    bank = await money.unit_bank(conn)
    second = await money.second_account(conn, bank)
    write = money.csv_file if names_first else money.nameless_file
    first = await write(conn, bank, MORNING, tells_balances=told_first)
    await money.import_bytes(conn, bank, first)

    longer = [*MORNING, Line(5_00, "丁")]
    then = await money.nameless_file(conn, bank, longer, tells_balances=told_then)
    with pytest.raises(model.NamelessKnown, match=bank.account.number):
        await money.import_bytes(conn, second, then)


async def test_nor_where_a_file_with_balances_follows_one_without(conn: Connection) -> None:
    wrong = await money.unit_bank(conn)
    own = await money.second_account(conn, wrong)
    nameless = await money.nameless_file(conn, own, MORNING, tells_balances=False)
    await money.import_bytes(conn, wrong, nameless)

    promised = rf"{wrong.account.number}.*take that statement back.*leader has approved"
    with pytest.raises(model.KnownFromNameless, match=promised):
        await money.import_bytes(conn, own, await money.csv_file(conn, own, MORNING))


async def test_another_payers_name_of_a_known_line_is_told_and_taken_once(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    first = await money.imported(conn, bank, MORNING)

    renamed = [MORNING[0]._replace(name="丙"), MORNING[1]]
    again = await money.imported(conn, bank, renamed)
    sent_again = await money.imported(conn, bank, renamed)

    assert (sent_again.repeated, sent_again.restated) == (True, again.restated)
    assert (first.restated, again.new_count, await held(conn, bank)) == ([], 0, 30_00)
    [told] = again.restated
    assert (told.line_id, told.field) == (first.outcomes[0].line_id, "counterparty_name")
    assert (told.known, told.found, told.reason.code) == ("甲", "丙", "counterparty_name_restated")
    assert (await money.line_of(conn, bank.finance, told.line_id)).counterparty_name == "甲"


async def test_a_file_with_an_empty_column_restates_nothing(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, MORNING)

    again = await money.imported(conn, bank, [line._replace(name="") for line in MORNING])

    assert (again.known_count, again.restated) == (2, [])


async def test_lines_left_out_that_cancel_are_missed(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [*MORNING, *PAIR])

    with pytest.raises(model.DayKnown, match="1 other and leaves out 2"):
        await money.imported(conn, bank, [*MORNING, Line(5_00)])


@pytest.mark.parametrize("evening", [[Line(5_00, "丁")], PAIR], ids=["one more", "a pair"])
async def test_a_day_goes_on_where_the_morning_ended(conn: Connection, evening: list[Line]) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, MORNING)

    whole_day = await money.imported(conn, bank, [*MORNING, *evening])

    assert (whole_day.new_count, whole_day.known_count) == (len(evening), 2)


async def test_an_export_of_the_rest_of_the_day_goes_on_too(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, MORNING)
    rest = [Line(10_00, "甲", "又一笔"), Line(-4_00, "戊")]
    opening = money.OPENING_MINOR + 30_00

    taken = await money.imported(conn, bank, rest, opening_minor=opening)

    assert taken.new_count == 2
    assert await held(conn, bank) == 36_00
    with pytest.raises(model.OpeningBroken) as refused:
        await money.imported(conn, bank, [*rest, Line(1_00)], opening_minor=opening)
    today = await clock.today(conn)
    file = f"明细.csv' imported before ({today} – {today})"
    assert all(part in refused.value.detail("en") for part in (file, "4 lines", "50,036.00 after"))
    whole_day = await money.imported(conn, bank, [*MORNING, *rest, Line(1_00, "己")])
    assert (whole_day.new_count, whole_day.known_count) == (1, 4)


async def test_a_day_that_a_statement_has_passed_is_complete(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    before, after = Line(10_00, days_ago=5), Line(20_00, days_ago=1)
    await money.imported(conn, bank, [before, after])
    pair = [one._replace(days_ago=3) for one in PAIR]

    with pytest.raises(model.DayKnown, match="2 others and leaves out 0"):
        await money.imported(conn, bank, [before, *pair, after])


async def test_what_follows_still_begins_where_it_did(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(10_00, days_ago=5)])
    await money.imported(conn, bank, [Line(20_00)], opening_minor=money.OPENING_MINOR + 10_00)
    opening = money.OPENING_MINOR + 10_00

    with pytest.raises(model.ClosingBroken, match=r"50,011\.00.*50,010\.00"):
        await money.imported(conn, bank, [Line(1_00, days_ago=3)], opening_minor=opening)
    pair = [one._replace(days_ago=3) for one in PAIR]
    late = await money.imported(conn, bank, pair, opening_minor=opening)
    assert late.new_count == 2
