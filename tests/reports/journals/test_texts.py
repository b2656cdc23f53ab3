"""The journal as beancount and hledger read it: accepted by both, and its balances are ours."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from beancount.core import amount as amounts
from beancount.core import data

from market.base import clock, db
from market.base.access import SYSTEM, Role
from market.base.amounts import minor_digits
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.reports import operations as reports
from market.reports.journals import operations, writing
from market.reports.journals.model import Format, Record, Wanted
from market.reports.journals.operations import Desk
from tests.conftest import Clone
from tests.reports.journals import plain
from tests.reports.journals.tools import HLEDGER, bean_check, hledger, loaded, needs_hledger
from tests.world import identity, invoicing, money, performance, site
from tests.world import ledger as world
from tests.world.invoicing import Deal
from tests.world.ledger import leg
from tests.world.site import Site

Balances = dict[tuple[str, UUID | None, str], Decimal]

EARLY: Final = date(2026, 2, 10)


class Story(NamedTuple):
    """Books with a contract paid and performed, foreign money, and a late fact."""

    site: Site
    deal: Deal
    late: date

    async def journal(self, kind: str, **span: date) -> str:
        days = "".join(f"&{name}={day}" for name, day in span.items())
        path = f"/v1/units/{self.deal.unit.id}/journal?format={kind}{days}"
        answer = await self.site.send(self.deal.finance, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.content.decode()

    async def ours(self, until: date) -> Balances:
        """The trial balance of a day, debits positive."""
        async with db.look(self.site.conn, self.deal.finance):
            report = await reports.trial_balance(
                self.site.conn, self.deal.finance, self.deal.unit.id, until
            )
        return {
            (a.kind, a.subject, a.currency): Decimal(a.debit_minor - a.credit_minor).scaleb(
                -minor_digits(a.currency)
            )
            for a in report.accounts
        }


@pytest.fixture(scope="module")
async def story(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder: Path = tmp_path_factory.mktemp("journals")
    async with stocked() as addresses, site.opened(addresses, folder) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        bank = await money.bank(conn, deal)
        line = money.Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
        await money.imported(conn, bank, [line])
        await performance.complete(conn, deal)
        books, owes = deal.unit.id, world.receivable(deal.enterprise.id)
        for currency, amount in (("JPY", 1_234), ("KWD", 123_456), ("USD", 9_007_199_254_740_993)):
            legs = [leg(owes, Account("fx_position"), amount, currency)]
            await world.post(conn, books, *legs, on=EARLY)
        await world.set_period(addresses.owner, books, date(2026, 3, 1), "closed")
        await world.post(
            conn, books, leg(Account("bank_charges"), world.SUSPENSE, 7), on=date(2026, 3, 20)
        )
        yield Story(market, deal, date(2026, 3, 20))


def of_beancount(text: str) -> tuple[list[Any], Balances]:
    """What beancount's own loader makes of it; no fault is let pass."""
    entries, faults, _ = loaded(text)
    assert not faults, faults
    accounts = {each.account: each.meta for each in entries if isinstance(each, data.Open)}
    balances: Balances = defaultdict(Decimal)
    for each in entries:
        for posting in each.postings if isinstance(each, data.Transaction) else ():
            meta, (number, currency) = accounts[posting.account], str(posting.units).split()
            subject = UUID(meta["subject"]) if "subject" in meta else None
            balances[meta["kind"], subject, currency] += Decimal(number)
    return entries, dict(balances)


def of_hledger(found: plain.Plain, balances: plain.Balances) -> Balances:
    return {
        (tags["kind"], UUID(tags["subject"]) if "subject" in tags else None, currency): amount
        for (name, currency), amount in balances.items()
        for tags in [found.accounts[name]]
    }


async def today(story: Story) -> date:
    return await clock.today(story.site.conn)


async def test_beancount_accepts_the_journal_and_its_balances_are_ours(
    story: Story, tmp_path: Path
) -> None:
    text = await story.journal("beancount")
    _, balances = of_beancount(text)
    ours = await story.ours(await today(story))
    assert balances == ours
    assert {currency for _, _, currency in ours} == {"CNY", "JPY", "KWD", "USD"}
    file = tmp_path / "books.beancount"
    file.write_text(text, "utf-8")
    assert bean_check(file) == (0, "", "")


async def test_a_plain_reading_of_the_hledger_journal_comes_to_our_balances(story: Story) -> None:
    found = plain.read(await story.journal("hledger"))
    assert of_hledger(found, found.balances) == await story.ours(await today(story))


@needs_hledger
async def test_hledger_accepts_the_journal_and_its_balances_are_ours(story: Story) -> None:
    text = await story.journal("hledger")
    assert hledger(text, "check", "--strict", "ordereddates") == (0, "", "")
    told = hledger(text, "balance", "--flat", "--empty", "--no-total", "--layout=bare", "-Ocsv")
    _, *rows = csv.reader(io.StringIO(told.out))
    balances = {(name, currency): Decimal(amount) for name, currency, amount in rows if currency}
    found = of_hledger(plain.read(text), balances)
    # It leaves out a currency that comes to nothing; the assertions of the journal hold those.
    ours = await story.ours(await today(story))
    assert found == {key: amount for key, amount in ours.items() if amount}


@pytest.mark.parametrize("kind", ["beancount", "hledger"])
async def test_a_line_that_is_missing_or_too_much_is_noticed(story: Story, kind: str) -> None:
    blocks = (await story.journal(kind)).split("\n\n")
    place = next(place for place, block in enumerate(blocks) if "bank_line:" in block)
    missing = [*blocks[:place], *blocks[place + 1 :]]
    doubled = [*blocks[:place], *blocks[place : place + 1], *blocks[place:]]
    for wrong in ("\n\n".join(missing), "\n\n".join(doubled)):
        if kind == "beancount":
            _, faults, _ = loaded(wrong)
            assert any("Balance failed" in fault.message for fault in faults)
        else:
            with pytest.raises(AssertionError):
                plain.read(wrong)
            assert HLEDGER is None or hledger(wrong, "check").code == 1


# The last one is the day on which the late fact is booked, which is dated before it.
@pytest.mark.parametrize("before", [EARLY, date(2026, 3, 31)])
async def test_a_span_begins_with_the_balances_of_the_day_before(
    story: Story, before: date
) -> None:
    first = before + timedelta(days=1)
    entries, balances = of_beancount(await story.journal("beancount", from_on=first))
    assert balances == await story.ours(await today(story))
    opening = next(each for each in entries if isinstance(each, data.Transaction))
    assert (opening.date, opening.narration) == (before, "期初余额 · Opening balances")
    assert {posting.units for posting in opening.postings} == {
        amounts.Amount(amount, currency)
        for (_, _, currency), amount in (await story.ours(before)).items()
    }
    found = plain.read(await story.journal("hledger", from_on=first))
    assert found.postings[0]["on"] == f"{before}"
    assert of_hledger(found, found.balances) == balances


@pytest.mark.parametrize("until", [EARLY, date(2026, 3, 31), date(2026, 4, 1)])
async def test_on_any_day_the_journal_is_the_trial_balance_of_that_day(
    story: Story, until: date
) -> None:
    _, balances = of_beancount(await story.journal("beancount", until_on=until))
    assert balances == await story.ours(until)


async def test_what_came_late_is_booked_in_the_next_month_and_keeps_its_date(story: Story) -> None:
    entries, _ = of_beancount(await story.journal("beancount"))
    [late] = [each for each in entries if each.meta.get("effective_on") == story.late]
    assert (late.date, late.meta["voucher"]) == (date(2026, 4, 1), "2026-04-0001")


async def test_a_posting_tells_its_cause_voucher_dates_and_explanation(story: Story) -> None:
    async with db.look(story.site.conn, story.deal.finance):
        postings = await ledger.list_postings(
            story.site.conn, story.deal.finance, story.deal.unit.id, month=None, after=None,
            limit=100,
        )  # fmt: skip
    entries, _ = of_beancount(await story.journal("beancount"))
    in_beancount = {each.meta["posting"]: each for each in entries if "posting" in each.meta}
    in_hledger = {
        each["posting"]: each
        for each in plain.read(await story.journal("hledger")).postings
        if "posting" in each
    }
    assert set(in_beancount) == set(in_hledger) == {str(each.public_id) for each in postings}
    for each in postings:
        entry, tags = in_beancount[str(each.public_id)], in_hledger[str(each.public_id)]
        voucher = f"{each.period:%Y-%m}-{each.voucher_number:04d}"
        recorded = f"{each.created_at:%Y-%m-%dT%H:%M:%SZ}"
        assert (entry.meta["cause"], entry.meta["voucher"]) == (each.cause, voucher)
        assert entry.meta["effective_on"] == each.effective_on
        assert entry.meta["recorded_at"] == tags["recorded_at"] == recorded
        assert (tags["cause"], tags["code"]) == (each.cause, voucher)
        assert tags["effective_on"] == f"{each.effective_on}"
        assert tags["description"] == entry.narration
    told = {entry.narration for entry in in_beancount.values()}
    number = story.deal.contract.number
    assert f"合同签署，计提印花税 {number} · Contract signed: stamp duty" in told
    assert f"里程碑验收，确认收入 {number}-1 · Milestone accepted: revenue" in told
    assert "记账（test） · Test" in told


@pytest.mark.parametrize("kind", ["beancount", "hledger", "csv", "xlsx"])
async def test_the_same_books_give_the_same_bytes(story: Story, kind: str) -> None:
    path = f"/v1/units/{story.deal.unit.id}/journal?format={kind}"
    first, second = [await story.site.send(story.deal.leader, "GET", path) for _ in range(2)]
    assert first.status_code == 200
    assert first.content == second.content


async def test_what_is_still_on_its_way_is_counted_and_left_out(stocked: Clone) -> None:
    async with stocked() as addresses:
        pool = await db.open_pool(addresses.app)
        async with db.lease(pool) as conn, db.lease(pool) as other:
            unit = await identity.unit(conn)
            finance = await identity.person(conn, unit, Role.FINANCE)
            pairs = [leg(world.SUSPENSE, world.NET_ASSETS, amount) for amount in (1, 2, 4)]
            await world.post(conn, unit.id, pairs[0])
            async with db.act(other, SYSTEM):
                await ledger.post(other, world.posting(unit.id, pairs[1]))
                await world.post(conn, unit.id, pairs[2])
                during = await exported(Desk(pool, finance), unit.id)
            after = await exported(Desk(pool, finance), unit.id)
        await db.close_pool(pool)
    assert ("left out: 1\n" in during, "left out: 0\n" in after) == (True, True)
    balances = [of_beancount(text)[1]["suspense", None, "CNY"] for text in (during, after)]
    assert balances == [Decimal("0.01"), Decimal("0.07")]


async def exported(desk: Desk, unit_id: UUID) -> str:
    books = await operations.gather(desk, unit_id, Wanted(None, None))
    sent = writing.pieces(desk, books, Record.JOURNAL, Format.BEANCOUNT)
    return b"".join([piece async for piece in sent]).decode()
