"""An import that went into the wrong account is taken back, as if it had never been there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.base import clock, db, files
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.ledger import operations as ledger
from market.money.reconciliation.matching import reading
from market.money.reconciliation.matching.model import LinesDoNotMeet
from market.money.reconciliation.retractions import model, operations
from market.money.statements import model as statements
from market.money.statements import operations as kept
from market.money.statements.model import LineState
from tests.conftest import Clone
from tests.world import identity, invoicing, money
from tests.world import ledger as books
from tests.world.money import Bank, Line

FILE = [Line(10_00, "甲"), Line(-4_00, "乙")]


async def held(conn: Connection, bank: Bank) -> int:
    return await money.balance(conn, bank.account.books_unit_id, "bank", bank.account.id)


async def two_accounts(conn: Connection) -> tuple[Bank, Bank]:
    wrong = await money.unit_bank(conn)
    return wrong, await money.second_account(conn, wrong)


async def test_the_file_goes_where_it_belongs_and_the_right_file_here(conn: Connection) -> None:
    wrong, right = await two_accounts(conn)
    file = await money.nameless_file(conn, right, FILE)
    taken = await money.import_bytes(conn, wrong, file)
    with pytest.raises(statements.NamelessKnown, match="propose to take that statement back"):
        await money.import_bytes(conn, right, file)

    await money.taken_back(conn, wrong, taken)

    assert (await money.import_bytes(conn, right, file)).new_count == 2
    own = await money.imported(conn, wrong, [Line(7_00)], opening_minor=1_000_00)
    assert (own.repeated, own.new_count) == (False, 1)
    assert (await held(conn, wrong), await held(conn, right)) == (7_00, 6_00)
    assert await money.balance(conn, wrong.account.books_unit_id, "suspense") == 13_00
    suspended = await money.suspense(conn, wrong.finance)
    assert {line.bank_account_id for line in suspended if line.amount_minor == 7_00} == {
        wrong.account.id
    }
    assert len(suspended) == 3


async def test_a_file_that_names_its_account_follows_as_well(conn: Connection) -> None:
    wrong, right = await two_accounts(conn)
    nameless = await money.nameless_file(conn, right, FILE)
    taken = await money.import_bytes(conn, wrong, nameless)
    named = await money.csv_file(conn, right, FILE)
    with pytest.raises(statements.KnownFromNameless, match="leader has approved"):
        await money.import_bytes(conn, right, named)

    await money.taken_back(conn, wrong, taken)

    assert (await money.import_bytes(conn, right, named)).new_count == 2


async def test_the_same_file_may_come_into_the_same_account_again(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    file = await money.csv_file(conn, bank, FILE)
    first = await money.import_bytes(conn, bank, file)
    await money.taken_back(conn, bank, first)

    again = await money.import_bytes(conn, bank, file)
    once_more = await money.taken_back(conn, bank, again)

    assert (again.repeated, again.new_count) == (False, 2)
    assert again.statements[0].id != first.statements[0].id
    assert (once_more.lines, once_more.amount_minor, await held(conn, bank)) == (2, 6_00, 0)


async def test_lines_and_statement_stay_marked_with_what_was_posted(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    taken = await money.imported(conn, bank, [Line(10_00, "利息", "结息", days_ago=2)])
    line_id, statement_id = taken.outcomes[0].line_id, taken.statements[0].id
    assert taken.outcomes[0].state == LineState.SUGGESTED

    retraction = await money.taken_back(conn, bank, taken)

    line = await money.line_of(conn, bank.finance, line_id)
    assert (line.state, line.suggestions, line.version) == ("retracted", [], 3)
    assert [reason.code for reason in line.reasons] == ["taken_back"]
    there, back = line.postings
    assert (there.cause, back.cause) == (f"bank_line:{line_id}", f"bank_line_retracted:{line_id}")
    assert there.effective_on == back.effective_on == line.booked_on
    assert [one.leg.mirrored() for one in there.transfers] == [one.leg for one in back.transfers]
    statement = await kept.find_statement(conn, bank.finance, statement_id)
    assert (statement.state, statement.version) == ("retracted", 2)
    assert await money.suspense(conn, bank.finance) == []
    async with db.look(conn, bank.finance):
        assert (await files.find(conn, bank.finance, retraction.file_id)).name == "明细.csv"
        listed = await reading.list_lines(
            conn,
            bank.finance,
            state=LineState.RETRACTED,
            account_id=bank.account.id,
            after=None,
            limit=5,
        )
    assert [one.id for one in listed] == [line_id]


async def test_on_no_day_does_the_account_hold_what_was_never_its_own(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    taken = await money.imported(conn, bank, [Line(10_00, days_ago=40), Line(5_00)])

    await money.taken_back(conn, bank, taken)

    today = await clock.today(conn)
    for days_ago in (40, 20, 0):
        until = today - timedelta(days=days_ago)
        found = await ledger.trial_balance(conn, bank.finance, bank.account.books_unit_id, until)
        assert {one.balance_minor for one in found} <= {0}


async def test_a_line_taken_back_cannot_be_matched_nor_met(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    taken = await money.imported(conn, bank, [Line(10_00)])
    await money.taken_back(conn, bank, taken)
    gone = taken.outcomes[0].line_id
    other = (await money.imported(conn, bank, [Line(-10_00)])).outcomes[0].line_id

    with pytest.raises(WrongMove, match="taken back"):
        await money.matched(conn, bank.finance, gone, rest=money.rest("interest_income", 10_00))
    meets = money.rest("returned", 10_00, other_line_id=gone)
    with pytest.raises(LinesDoNotMeet):
        await money.matched(conn, bank.finance, other, rest=meets)


async def test_what_a_line_paid_is_undone_first(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    bank = await money.bank(conn, deal)
    exact = Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
    taken = await money.imported(conn, bank, [exact, Line(3_00)])

    with pytest.raises(model.LinesExplained) as refused:
        await money.retraction(conn, bank, taken)

    today = await clock.today(conn)
    assert f"{today} 25,800.00 ({deal.enterprise.name_zh}, matched)" in refused.value.detail("en")
    assert "已匹配）。请先逐笔撤销" in refused.value.detail("zh-CN")
    [match] = (await money.line_of(conn, bank.finance, taken.outcomes[0].line_id)).matches
    await money.undone(conn, bank.finance, match)
    await money.taken_back(conn, bank, taken)
    assert await money.balance(conn, deal.unit.id, "suspense") == 0
    owed = await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id)
    assert owed == invoice.amount_minor


async def test_a_match_that_waits_is_undone_first_from_either_side(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    first = await money.imported(conn, bank, [Line(9_00, "甲"), Line(-9_00, "乙", days_ago=0)])
    one, other = first.outcomes
    meets = money.rest("returned", 9_00, other_line_id=other.line_id)
    waiting = await money.matched(conn, bank.finance, one.line_id, rest=meets)
    assert waiting.state == "waiting"

    with pytest.raises(model.LinesExplained, match="matched: 2") as refused:
        await money.retraction(conn, bank, first)

    assert refused.value.detail("en").count("waiting for a second person") == 2
    await money.undone(conn, bank.finance, waiting)
    assert (await money.taken_back(conn, bank, first)).state == "approved"


async def test_a_match_made_meanwhile_keeps_the_import(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    taken = await money.imported(conn, bank, [Line(2_00)])
    proposed = await money.retraction(conn, bank, taken)
    interest = money.rest("interest_income", 2_00)
    await money.matched(conn, bank.finance, taken.outcomes[0].line_id, rest=interest)

    with pytest.raises(model.LinesExplained):
        await operations.approve_retraction(conn, bank.leader, proposed.id)

    assert await held(conn, bank) == 2_00


async def test_many_matched_lines_are_counted_and_ten_are_named(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    taken = await money.imported(conn, bank, [Line(1_00, reference=str(n)) for n in range(12)])
    for one in taken.outcomes:
        interest = money.rest("interest_income", 1_00)
        await money.matched(conn, bank.finance, one.line_id, rest=interest)

    with pytest.raises(model.LinesExplained, match="matched: 12") as refused:
        await money.retraction(conn, bank, taken)

    assert refused.value.detail("en").count("1.00 (") == 10


async def test_what_came_later_into_the_account_goes_first(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    first = await money.imported(conn, bank, [Line(10_00, days_ago=3)])
    reached = money.OPENING_MINOR + 10_00
    second = await money.imported(conn, bank, [Line(5_00)], opening_minor=reached)
    today = await clock.today(conn)

    with pytest.raises(model.BuiltOn, match=rf"1\. The newest goes from {today} to {today}"):
        await money.retraction(conn, bank, first)

    later = await money.retraction(conn, bank, second)
    earlier = await money.retraction(conn, bank, first)
    with pytest.raises(model.BuiltOn):
        await operations.approve_retraction(conn, bank.leader, earlier.id)
    for one in (later, earlier):
        await operations.approve_retraction(conn, bank.leader, one.id)
    assert await held(conn, bank) == 0


async def test_a_file_that_holds_lines_known_before_is_built_on_them(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    morning = await money.imported(conn, bank, FILE)
    day = await money.imported(conn, bank, [*FILE, Line(1_00, "丙")])

    with pytest.raises(model.BuiltOn):
        await money.retraction(conn, bank, morning)

    retraction = await money.taken_back(conn, bank, day)
    assert (retraction.lines, retraction.amount_minor, await held(conn, bank)) == (1, 1_00, 6_00)
    again = await money.imported(conn, bank, [*FILE, Line(2_00, "丁")])
    assert (again.new_count, again.known_count) == (1, 2)


async def test_days_after_it_follow_on_what_is_left(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(10_00, days_ago=5)])
    reached = money.OPENING_MINOR + 10_00
    wrong = await money.imported(conn, bank, [Line(5_00, days_ago=3)], opening_minor=reached)
    await money.taken_back(conn, bank, wrong)

    with pytest.raises(statements.OpeningBroken, match=r"50,015\.00.*50,010\.00"):
        await money.imported(conn, bank, [Line(1_00)], opening_minor=reached + 5_00)
    right = await money.imported(conn, bank, [Line(8_00, days_ago=3)], opening_minor=reached)
    after = await money.imported(conn, bank, [Line(1_00)], opening_minor=reached + 8_00)

    assert (right.new_count, after.new_count, await held(conn, bank)) == (1, 1, 19_00)


async def test_an_import_without_new_lines_is_taken_back_too(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, FILE)
    part = await money.imported(conn, bank, FILE[:1])

    retraction = await money.taken_back(conn, bank, part)

    assert (retraction.lines, retraction.amount_minor, await held(conn, bank)) == (0, 0, 6_00)


async def test_books_that_begin_know_nothing_of_it(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    wrong = await money.imported(conn, bank, [Line(6_00, days_ago=9)])
    await money.taken_back(conn, bank, wrong)
    as_of = await clock.today(conn) - timedelta(days=5)
    owned = books.line("bank", 300_00, bank.account.id)

    await books.opened_books(conn, bank.finance, bank.leader, owned, as_of=as_of)

    own = await money.imported(conn, bank, [Line(1_00)], opening_minor=300_00)
    assert (own.new_count, await held(conn, bank)) == (1, 301_00)


async def test_what_an_opening_was_proved_on_stays(clone: Clone) -> None:
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        bank = await money.unit_bank(conn)
        proof = await money.imported(conn, bank, [Line(6_00, days_ago=3)])
        waits = await money.retraction(conn, bank, proof)
        owned = books.line("bank", money.OPENING_MINOR, bank.account.id)
        as_of = await clock.today(conn) - timedelta(days=3)
        await books.opened_books(conn, bank.finance, bank.leader, owned, as_of=as_of)

        with pytest.raises(model.ProvesOpening, match=str(as_of)):
            await operations.approve_retraction(conn, bank.leader, waits.id)

        await operations.reject_retraction(conn, bank.leader, waits.id, "期初余额据此核对")
        with pytest.raises(model.ProvesOpening):
            await money.retraction(conn, bank, proof)
        other = await money.second_account(conn, bank)
        later = await money.imported(conn, other, [Line(7_00)], opening_minor=0)
        assert (await money.taken_back(conn, other, later)).state == "approved"
        await conn.close()


async def test_four_eyes_take_an_import_back(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    taken = await money.imported(conn, bank, FILE)
    both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
    statement_id = taken.statements[0].id
    own = await operations.propose_retraction(conn, both, statement_id, "误导入")
    again = await operations.propose_retraction(conn, both, statement_id, "误导入")
    assert (own, own.lines, own.amount_minor) == (again, 2, 6_00)

    with pytest.raises(model.RetractionProposed):
        await money.retraction(conn, bank, taken)
    with pytest.raises(model.RetractionProposed):
        await operations.propose_retraction(conn, both, statement_id, "另有原因")
    with pytest.raises(model.OwnRetraction):
        await operations.approve_retraction(conn, both, own.id)
    with pytest.raises(model.RetractionNeedsLeader):
        await operations.approve_retraction(conn, bank.finance, own.id)
    with pytest.raises(Stale):
        await operations.approve_retraction(conn, bank.leader, own.id, expected_version=9)
    rejected = await operations.reject_retraction(conn, bank.leader, own.id, "账户无误")
    assert rejected == await operations.reject_retraction(conn, bank.leader, own.id, "账户无误")
    assert (rejected.state, rejected.note, await held(conn, bank)) == ("rejected", "账户无误", 6_00)
    with pytest.raises(WrongMove):
        await operations.approve_retraction(conn, bank.leader, own.id)

    anew = await money.retraction(conn, bank, taken)
    approved = await operations.approve_retraction(conn, bank.leader, anew.id, expected_version=1)
    assert approved == await operations.approve_retraction(conn, bank.leader, anew.id)
    with pytest.raises(WrongMove, match="taken back"):
        await money.retraction(conn, bank, taken)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.LEADER, Role.AUDITOR])
async def test_only_finance_proposes(conn: Connection, role: Role) -> None:
    deal = await invoicing.fw01(conn)
    taken = await money.imported(conn, await money.bank(conn, deal), FILE)
    other = await identity.person(conn, deal.unit, role)
    stranger = (await money.unit_bank(conn)).finance

    with pytest.raises(model.RetractionNeedsFinance):
        await operations.propose_retraction(conn, other, taken.statements[0].id, "误导入")
    with pytest.raises(NotFound):
        await operations.propose_retraction(conn, stranger, taken.statements[0].id, "误导入")
