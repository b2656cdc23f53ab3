"""The bank cases of the city: what an import matches by itself, what it leaves and why."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import Account
from market.money.invoicing import operations
from market.money.invoicing.model import FullInvoice, InvoiceState
from market.money.reconciliation.matching import operations as matching
from market.money.reconciliation.matching.model import MatchState
from market.money.reconciliation.matching.reading import Import
from market.money.statements import model as statements
from market.money.statements.accounts import operations as accounts
from market.money.statements.accounts.model import AccountNotApproved
from market.money.statements.formats import refusals
from market.money.statements.model import LineState
from tests.world import identity, invoicing, money
from tests.world import ledger as books
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line


async def scene(conn: Connection) -> tuple[Deal, Bank, list[FullInvoice]]:
    """FW-01 in three invoices of 25,800, 43,000 and 17,200, and the unit's bank account."""
    deal = await invoicing.fw01(conn)
    invoices = [await invoicing.issued(conn, deal, place) for place in range(3)]
    return deal, await money.bank(conn, deal), invoices


async def dollar_account(conn: Connection, bank: Bank) -> Bank:
    """Another account of the same books and people."""
    new = msgspec.structs.replace(money.new_account(), currency="USD")
    books = bank.account.books_unit_id
    proposed = await accounts.propose_account(conn, bank.finance, books, new)
    return bank._replace(account=await accounts.approve_account(conn, bank.leader, proposed.id))


def codes_of(done: Import, place: int = 0) -> list[str]:
    return [reason.code for reason in done.outcomes[place].reasons]


async def state_of(conn: Connection, deal: Deal, invoice: FullInvoice) -> tuple[InvoiceState, int]:
    paid = await operations.find_invoice(conn, deal.finance, invoice.id)
    return paid.state, paid.paid_minor


async def test_an_exact_line_is_matched_in_the_import_itself(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    line = Line(25_800_00, deal.enterprise.name_zh, f"修复款 {first.payment_code}")

    done = await money.imported(conn, bank, [line])

    [outcome] = done.outcomes
    assert (outcome.state, outcome.score, outcome.invoice_ids) == ("matched", 100, [first.id])
    assert codes_of(done) == ["code_found", "amount_equal", "payer_equal"]
    assert await state_of(conn, deal, first) == (InvoiceState.PAID, 25_800_00)
    books = deal.unit.id
    assert await money.balance(conn, books, "suspense") == 0
    assert await money.balance(conn, books, "bank", bank.account.id) == 25_800_00
    assert await money.balance(conn, books, "receivable", deal.enterprise.id) == 60_200_00
    [allocation] = await money.payments_of(conn, deal.buyer, first.id)
    assert (allocation.amount_minor, allocation.match_id) == (25_800_00, outcome.match_id)


async def test_one_line_for_two_instalments_is_exact(conn: Connection) -> None:
    deal, bank, [_, second, third] = await scene(conn)
    remark = f"两期 {second.payment_code} {third.payment_code}"

    done = await money.imported(conn, bank, [Line(60_200_00, deal.enterprise.name_zh, remark)])

    assert done.matched_count == 1
    assert await state_of(conn, deal, second) == (InvoiceState.PAID, 43_000_00)
    assert await state_of(conn, deal, third) == (InvoiceState.PAID, 17_200_00)


async def test_short_by_25_waits_with_its_reason(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)

    done = await money.imported(
        conn, bank, [Line(25_775_00, deal.enterprise.name_zh, first.payment_code)]
    )

    assert done.outcomes[0].state == LineState.SUGGESTED
    assert codes_of(done) == ["code_found", "short_by", "payer_equal"]
    assert "25.00" in done.outcomes[0].reasons[1].en
    assert await money.balance(conn, deal.unit.id, "suspense") == 25_775_00


async def test_a_bank_keeps_up_to_the_ceiling_and_a_cent_more_is_a_part(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    lines = [
        Line(short, deal.enterprise.name_zh, first.payment_code) for short in (25_700_00, 25_699_99)
    ]

    done = await money.imported(conn, bank, lines)

    assert [codes_of(done, place)[1] for place in (0, 1)] == ["short_by", "pays_part"]


async def test_an_over_payment_is_suggested_as_credit(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)

    done = await money.imported(
        conn, bank, [Line(26_300_00, deal.enterprise.name_zh, first.payment_code)]
    )

    assert codes_of(done) == ["code_found", "over_by", "payer_equal"]
    line = await money.line_of(conn, deal.finance, done.outcomes[0].line_id)
    [best] = line.suggestions
    assert (best.rest_to, best.rest_minor) == ("customer_credit", 500_00)
    assert best.rest_organisation_id == deal.enterprise.id


async def test_another_payers_name_is_never_automatic(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)

    done = await money.imported(conn, bank, [Line(25_800_00, "集团财务公司", first.payment_code)])

    assert done.matched_count == 0
    assert codes_of(done) == ["code_found", "amount_equal", "payer_differs"]
    assert await state_of(conn, deal, first) == (InvoiceState.OPEN, 0)


async def test_no_remark_is_suggested_by_amount_and_payer(conn: Connection) -> None:
    deal, bank, [_, second, _] = await scene(conn)

    done = await money.imported(conn, bank, [Line(43_000_00, deal.enterprise.name_zh)])

    assert codes_of(done) == ["no_code", "amount_equal", "payer_equal"]
    line = await money.line_of(conn, deal.finance, done.outcomes[0].line_id)
    assert line.suggestions[0].allocations[0].invoice_id == second.id


async def test_two_lines_for_one_invoice_are_two_parts(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    half = Line(12_900_00, deal.enterprise.name_zh, first.payment_code)

    done = await money.imported(conn, bank, [half, half])

    assert (done.new_count, done.suggested_count) == (2, 2)
    assert codes_of(done) == ["code_found", "pays_part", "payer_equal"]
    given = money.allocation(first.id, 12_900_00)
    one, other = (outcome.line_id for outcome in done.outcomes)
    await money.matched(conn, deal.finance, one, given)

    assert (await money.line_of(conn, deal.finance, one)).suggestions == []
    rest = await money.line_of(conn, deal.finance, other)
    [best] = rest.suggestions
    assert (best.score, best.allocations) == (100, [given])
    [waiting] = await money.suspense(conn, deal.finance)
    assert [reason.code for reason in waiting.reasons] == [
        *("code_found", "amount_equal", "payer_equal")
    ]
    await money.matched(conn, deal.finance, other, given)
    assert await state_of(conn, deal, first) == (InvoiceState.PAID, 25_800_00)


async def test_the_same_payment_twice_in_a_file_pays_once(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    line = Line(25_800_00, deal.enterprise.name_zh, first.payment_code)

    done = await money.imported(conn, bank, [line, line])

    assert [outcome.state for outcome in done.outcomes] == ["matched", "suggested"]
    assert "not_open" in codes_of(done, 1)


async def test_a_code_that_is_paid_hides_no_invoice_that_the_money_fits(conn: Connection) -> None:
    deal, bank, [first, second, _] = await scene(conn)
    payer = deal.enterprise.name_zh
    await money.imported(conn, bank, [Line(25_800_00, payer, first.payment_code, days_ago=1)])

    again = Line(43_000_00, payer, first.payment_code)
    done = await money.imported(conn, bank, [again], opening_minor=75_800_00)

    [outcome] = done.outcomes
    assert (outcome.state, outcome.score) == ("suggested", 70)
    assert codes_of(done) == ["code_found", "not_open", "amount_equal", "payer_equal"]
    line = await money.line_of(conn, deal.finance, outcome.line_id)
    assert line.suggestions[0].allocations == [money.allocation(second.id, 43_000_00)]


async def test_money_is_no_payment_of_an_invoice_in_another_currency(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    dollars = await dollar_account(conn, bank)
    line = Line(25_800_00, deal.enterprise.name_zh, first.payment_code)
    file = await money.csv_file(conn, dollars, [line], encoding="utf-8")

    in_dollars = file.replace("人民币".encode(), "美元".encode())
    done = await money.import_bytes(conn, dollars, in_dollars)

    assert [outcome.state for outcome in done.outcomes] == ["unmatched"]
    assert codes_of(done) == ["code_found", "currency_differs"]
    line_id = done.outcomes[0].line_id
    [told] = (await money.line_of(conn, deal.finance, line_id)).suggestions
    assert (told.allocations, told.rest_to) == ([], None)


async def test_what_matched_by_itself_and_was_undone_needs_a_second_person(
    conn: Connection,
) -> None:
    deal, bank, [first, second, _] = await scene(conn)
    line = Line(25_800_00, deal.enterprise.name_zh, first.payment_code)
    [outcome] = (await money.imported(conn, bank, [line])).outcomes
    assert outcome.match_id is not None
    await matching.undo_match(conn, deal.finance, outcome.match_id, "付的是另一期")

    other = await money.matched(
        conn, deal.finance, outcome.line_id, money.allocation(second.id, 25_800_00)
    )

    assert other.state == MatchState.WAITING
    assert [reason["code"] for reason in other.reasons] == ["by_hand", "exact_undone"]
    assert await state_of(conn, deal, second) == (InvoiceState.OPEN, 0)
    await money.confirmed(conn, deal.leader, other)
    assert await state_of(conn, deal, second) == (InvoiceState.PART_PAID, 25_800_00)


async def test_one_person_books_charges_alone_in_the_currency_of_the_policy_only(
    conn: Connection,
) -> None:
    bank = await money.unit_bank(conn)
    dollars = await dollar_account(conn, bank)
    states = []
    for one, currency in ((bank, "人民币"), (dollars, "美元")):
        file = await money.csv_file(conn, one, [Line(-100_00, "银行")], encoding="utf-8")
        in_its_own = file.replace("人民币".encode(), currency.encode())
        [outcome] = (await money.import_bytes(conn, one, in_its_own)).outcomes
        charge = money.rest("bank_charges", 100_00)
        match = await money.matched(conn, bank.finance, outcome.line_id, rest=charge)
        states.append(match.state)
    assert states == [MatchState.MATCHED, MatchState.WAITING]


async def test_what_nobody_expects_has_its_reason_too(conn: Connection) -> None:
    deal, bank, _ = await scene(conn)

    done = await money.imported(conn, bank, [Line(5_000_01, "不详", "货款"), Line(-3_00, "银行")])

    assert [outcome.state for outcome in done.outcomes] == ["unmatched", "unmatched"]
    assert codes_of(done) == ["no_code", "nothing_found"]
    assert codes_of(done, 1) == ["nothing_found"]
    waiting = await money.suspense(conn, deal.leader)
    assert [(line.amount_minor, line.age_days) for line in waiting] == [(5_000_01, 0), (-3_00, 0)]


async def test_fees_interest_and_returns_are_recognised(conn: Connection) -> None:
    _, bank, _ = await scene(conn)
    lines = [
        Line(-15_00, "", "手续费"),
        Line(12_34, "", "结息"),
        Line(-700_00, "供应商", "货款", days_ago=1),
        Line(700_00, "供应商", "退汇"),
    ]
    ordered = sorted(lines, key=lambda one: -one.days_ago)

    done = await money.imported(conn, bank, ordered)

    found = {outcome.amount_minor: outcome.reasons[0].code for outcome in done.outcomes}
    assert found == {
        -15_00: "looks_like_charge",
        12_34: "looks_like_interest",
        -700_00: "meets_return",
        700_00: "meets_return",
    }


async def test_the_same_file_twice_tells_of_its_lines_and_adds_none(conn: Connection) -> None:
    deal, bank, [first, *_] = await scene(conn)
    lines = [Line(25_800_00, deal.enterprise.name_zh, first.payment_code), Line(5_00, "某人")]
    data = await money.csv_file(conn, bank, lines)
    once = await money.import_bytes(conn, bank, data)
    before = await money.balances(conn, deal.unit.id)

    twice = await money.import_bytes(conn, bank, data, name="另存.csv")

    assert twice.repeated
    assert (twice.new_count, twice.known_count, twice.line_count) == (0, 2, 2)
    assert (twice.matched_count, twice.suggested_count, twice.suspense_count) == (0, 0, 0)
    assert twice.outcomes == once.outcomes
    assert twice.statements == once.statements
    assert await money.balances(conn, deal.unit.id) == before


async def test_half_of_a_file_and_then_the_whole_add_each_line_once(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    lines = [Line(100_00 + n, f"客户{n}", days_ago=6 - n) for n in range(6)]

    half = await money.imported(conn, bank, lines[:3])
    whole = await money.imported(conn, bank, lines)
    again = await money.imported(conn, bank, lines[2:4], opening_minor=money.OPENING_MINOR + 200_01)

    assert [(one.new_count, one.known_count) for one in (half, whole, again)] == [
        (3, 0),
        (3, 3),
        (0, 2),
    ]
    assert await money.balance(conn, bank.account.books_unit_id, "bank", bank.account.id) == sum(
        line.amount_minor for line in lines
    )


async def test_earlier_days_may_follow_later_ones(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(2_00)], opening_minor=10_00)

    done = await money.imported(conn, bank, [Line(7_00, days_ago=3)], opening_minor=3_00)

    assert done.new_count == 1


async def test_one_line_changed_is_refused_with_both_figures(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    lines = [Line(100_00, "甲", days_ago=1), Line(200_00, "乙")]
    await money.imported(conn, bank, lines)

    with pytest.raises(statements.ClosingBroken, match=r"50,301\.00") as refused:
        await money.imported(conn, bank, [lines[0], Line(201_00, "乙")])
    reckoned = "2 known lines with 1 new line make 50,501.00: 200.00 apart. 1 known line is not in"
    assert reckoned in refused.value.detail("en")
    assert (
        "已导入的 2 笔流水和文件新增的 1 笔，应为 50,501.00，相差 200.00"
        in refused.value.detail("zh-CN")
    )
    assert await money.balance(conn, bank.account.books_unit_id, "suspense") == 300_00


async def test_days_left_out_between_two_files_are_refused(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(100_00, days_ago=5)])

    with pytest.raises(statements.OpeningBroken, match=r"50,400\.00.*50,100\.00"):
        await money.imported(conn, bank, [Line(1_00)], opening_minor=50_400_00)


async def test_the_first_statement_agrees_with_the_books_opening(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    opening = books.line("bank", 40_000_00, bank.account.id)
    await books.opened_books(conn, bank.finance, bank.leader, opening)

    with pytest.raises(statements.OpeningBroken, match=r"50,000\.00.*40,000\.00"):
        await money.imported(conn, bank, [Line(1_00)])
    await money.imported(conn, bank, [Line(1_00)], opening_minor=40_000_00)
    with pytest.raises(statements.BeforeOpening):
        await money.imported(conn, bank, [Line(1_00, days_ago=3)], opening_minor=39_999_00)


@pytest.mark.parametrize("names_the_account", [True, False])
async def test_no_statement_begins_before_the_books(
    conn: Connection, names_the_account: bool
) -> None:
    bank = await money.unit_bank(conn)
    opening = [books.line("stripe_balance", 1)]
    if names_the_account:
        opening.append(books.line("bank", money.OPENING_MINOR, bank.account.id))
    as_of = await clock.today(conn) - timedelta(days=2)
    await books.opened_books(conn, bank.finance, bank.leader, *opening, as_of=as_of)

    opening_minor = money.OPENING_MINOR if names_the_account else 0
    early = [Line(1_00, days_ago=3), Line(2_00, days_ago=1)]
    with pytest.raises(statements.BeforeBooks, match=f"before the books begin on {as_of}"):
        await money.imported(conn, bank, early, opening_minor=opening_minor)

    in_time = [Line(1_00, days_ago=2)]
    done = await money.imported(conn, bank, in_time, opening_minor=opening_minor)
    assert done.new_count == 1


async def test_an_account_without_an_opening_balance_begins_with_nothing(conn: Connection) -> None:
    """The books have begun, so that no opening would ever be posted."""
    bank, today = await money.unit_bank(conn), await clock.today(conn)
    as_of = today - timedelta(days=9)
    opening = books.line("stripe_balance", 1)
    await books.opened_books(conn, bank.finance, bank.leader, opening, as_of=as_of)

    with pytest.raises(statements.NotInOpening, match=rf"{as_of} without.*50,000\.00"):
        await money.imported(conn, bank, [Line(1_00)])
    await money.imported(conn, bank, [Line(1_00)], opening_minor=0)
    with pytest.raises(statements.NotInOpening):
        await money.imported(conn, bank, [Line(-1_00, days_ago=2)], opening_minor=1_00)
    assert await money.balance(conn, bank.account.books_unit_id, "bank", bank.account.id) == 1_00


async def test_balances_off_by_a_fen_are_refused(conn: Connection) -> None:
    bank = await money.unit_bank(conn)

    with pytest.raises(refusals.BalancesDiffer):
        await money.imported(conn, bank, [Line(1_00)], closing_off_by=1)


async def test_a_wrong_encoding_is_refused(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    data = await money.csv_file(conn, bank, [Line(1_00, "客户")])

    with pytest.raises(refusals.WrongEncoding):
        await money.import_bytes(conn, bank, data, encoding="utf-8")


async def test_the_file_of_another_account_is_refused(conn: Connection) -> None:
    bank, other = await money.unit_bank(conn), await money.unit_bank(conn)
    data = await money.csv_file(conn, other, [Line(1_00)])

    with pytest.raises(statements.OtherAccount, match=bank.account.number):
        await money.import_bytes(conn, bank, data)


async def test_a_day_to_come_is_refused(conn: Connection) -> None:
    bank = await money.unit_bank(conn)

    with pytest.raises(statements.DatesAhead):
        await money.imported(conn, bank, [Line(1_00, days_ago=-1)])


async def test_an_account_waits_for_its_approval(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    proposed = await accounts.propose_account(
        conn, bank.finance, bank.account.books_unit_id, money.new_account()
    )

    with pytest.raises(AccountNotApproved):
        await money.imported(conn, bank._replace(account=proposed), [Line(1_00)])


@pytest.mark.parametrize("role", [Role.CASHIER, Role.LEADER, Role.AUDITOR, Role.CLERK])
async def test_only_finance_imports(conn: Connection, role: Role) -> None:
    deal, bank, _ = await scene(conn)
    colleague = await identity.person(conn, deal.unit, role)
    data = await money.csv_file(conn, bank, [Line(1_00)])

    with pytest.raises(statements.ImportNeedsFinance):
        await money.import_bytes(conn, bank, data, by=colleague)


async def test_strangers_see_no_account(conn: Connection) -> None:
    deal, bank, _ = await scene(conn)
    data = await money.csv_file(conn, bank, [Line(1_00)])

    for stranger in (deal.outsider, deal.buyer):
        with pytest.raises(NotFound):
            await money.import_bytes(conn, bank, data, by=stranger)


async def test_the_account_is_the_ledgers_subject(conn: Connection) -> None:
    bank = await money.unit_bank(conn)

    assert bank.account.in_ledger == Account("bank", bank.account.id)


async def test_what_a_credit_note_left_is_paid_exactly(conn: Connection) -> None:
    deal, bank, [first, second, _] = await scene(conn)
    for invoice in (first, second):
        await invoicing.credited(conn, deal, invoice, 5_800_00)
    lines = [
        Line(20_000_00, deal.enterprise.name_zh, first.payment_code),
        Line(37_200_00, deal.enterprise.name_zh),
    ]

    done = await money.imported(conn, bank, lines)

    assert done.outcomes[0].state == "matched"
    assert await state_of(conn, deal, first) == (InvoiceState.PAID, 20_000_00)
    assert done.outcomes[1].state == "suggested"
    assert "amount_equal" in codes_of(done, 1)
    assert await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id) == 54_400_00


async def test_a_line_for_an_invoice_that_was_credited_whole_finds_nothing_open(
    conn: Connection,
) -> None:
    deal, bank, [first, *_] = await scene(conn)
    await invoicing.credited(conn, deal, first)

    line = Line(25_800_00, deal.enterprise.name_zh, first.payment_code)
    done = await money.imported(conn, bank, [line])

    assert "not_open" in codes_of(done)
    assert await state_of(conn, deal, first) == (InvoiceState.PAID, 0)
