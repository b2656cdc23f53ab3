"""People learn by e-mail what concerns them, once, in their language, and not of their own acts."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from market.base import db, events, mail
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.mail import Mail
from market.identity.organisations.model import Organisation
from market.identity.people import operations as people
from market.identity.people.model import Profile
from market.ledger.opening import operations as opening
from market.notifications import operations
from market.notifications.notices import NOTICES
from market.trade.catalogue.model import Offering
from market.trade.contracts import operations as contracts
from market.trade.contracts.terms import Order
from market.trade.performance import operations as performance_operations
from market.trade.performance.model import ReturnInput
from tests.conftest import Clone
from tests.world import catalogue, invoicing, performance
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import ledger as books


class Desk(NamedTuple):
    """The application, where people act, and the worker, which reads the log and the mails."""

    app: Connection
    worker: Connection


@pytest.fixture
async def desk(stocked: Clone) -> AsyncIterator[Desk]:
    async with stocked() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        try:
            yield Desk(app, worker)
        finally:
            app.terminate()
            worker.terminate()


async def tell_all(worker: Connection, *names: str) -> None:
    """Run the job for every event of these names, or of all that have a notice, as they came."""
    sought = list(names or NOTICES)
    found = await worker.fetch("SELECT id FROM event WHERE name = ANY ($1) ORDER BY id", sought)
    for (event_id,) in found:
        async with db.act(worker, SYSTEM):
            await operations.tell(worker, await events.find(worker, event_id))


async def mails_to(desk: Desk, actor: Actor) -> list[Mail]:
    address = await world.email_of(desk.app, actor)
    kept = await mail.kept(desk.worker, limit=100)
    return [letter for letter in reversed(kept) if letter.to_address == address]


async def ordered(desk: Desk, unit: Organisation) -> tuple[Offering, Actor]:
    """An offering of the unit and the buyer who ordered it."""
    offering = await catalogue.published_offering(desk.app, unit)
    buyer = await world.person(desk.app, await world.enterprise(desk.app), Role.BUYER)
    order = Order(offering_version=1, reason="上年度同类服务效果良好")
    await contracts.order_offering(desk.app, buyer, offering.id, order)
    return offering, buyer


async def test_an_order_reaches_the_clerk_with_its_amount(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    clerk = await world.person(desk.app, unit, Role.CLERK)
    await ordered(desk, unit)
    await tell_all(desk.worker, "contract.ordered")
    letter = (await mails_to(desk, clerk))[-1]
    assert letter.subject.startswith("新订单：")
    assert "86,000.00 CNY" in letter.body


async def test_a_job_that_runs_twice_tells_once(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    clerk = await world.person(desk.app, unit, Role.CLERK)
    await ordered(desk, unit)
    await tell_all(desk.worker, "contract.ordered")
    told = await mails_to(desk, clerk)
    await tell_all(desk.worker, "contract.ordered")
    assert await mails_to(desk, clerk) == told


@pytest.mark.parametrize(("price_minor", "asked"), [(20_000_000, 0), (20_000_001, 1)])
async def test_a_manager_is_asked_only_for_an_order_above_the_limit(
    desk: Desk, price_minor: int, asked: int
) -> None:
    unit = await world.unit(desk.app)
    enterprise = await world.enterprise(desk.app)
    buyer = await world.person(desk.app, enterprise, Role.BUYER)
    manager = await world.person(desk.app, enterprise, Role.MANAGER)
    offering = await catalogue.published_offering(desk.app, unit, price_minor=price_minor)
    order = Order(offering_version=1, reason="上年度同类服务效果良好")
    await contracts.order_offering(desk.app, buyer, offering.id, order)
    await tell_all(desk.worker, "contract.ordered")
    letters = [each for each in await mails_to(desk, manager) if "订单" in each.subject]
    assert len(letters) == asked
    assert all("超过直接下单的限额 200,000.00 CNY" in letter.body for letter in letters)


async def test_nobody_is_told_of_what_he_did_himself(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    await ordered(desk, unit)
    buyer = await world.person(desk.app, await world.enterprise(desk.app), Role.BUYER, Role.MANAGER)
    offering = await catalogue.published_offering(desk.app, unit)
    order = Order(offering_version=1, reason="上年度同类服务效果良好")
    await contracts.order_offering(desk.app, buyer, offering.id, order)
    await tell_all(desk.worker, "contract.ordered")
    assert not [letter for letter in await mails_to(desk, buyer) if "订单" in letter.subject]


async def subjects_to(desk: Desk, actor: Actor) -> list[str]:
    return [letter.subject for letter in await mails_to(desk, actor)]


async def test_a_contract_from_order_to_completion_tells_each_person_his_part(desk: Desk) -> None:
    deal = await contracts_world.approved(desk.app, price_minor=10_600_00)
    await tell_all(desk.worker)
    for party in ("provider", "buyer"):
        deal = await contracts_world.sign(desk.app, deal, party)
    await performance.deliver(desk.app, deal)
    milestone_id = performance.milestones(deal)[0]
    reasons = ReturnInput(reasons="涂层厚度不足")
    await performance_operations.return_milestone(desk.app, deal.cast.buyer, milestone_id, reasons)
    await performance.accept(desk.app, deal)
    await tell_all(desk.worker)
    title, number = deal.contract.subject, deal.contract.number
    milestone = f"合同 {number} 第 1 项“全部工作”"
    assert {f"请审核合同：{deal.cast.enterprise.name_zh}，{title}"} <= (
        set(await subjects_to(desk, deal.cast.technical))
        & set(await subjects_to(desk, deal.cast.finance))
        & set(await subjects_to(desk, deal.cast.leader))
    )
    for signatory in (deal.cast.buyer_signatory, deal.cast.unit_signatory):
        assert f"请签署合同 {number}：{title}" in await subjects_to(desk, signatory)
    assert (await subjects_to(desk, deal.cast.buyer))[-4:] == [
        f"合同 {number} 已生效：{title}",
        f"已开工：{milestone}",
        f"请验收：{milestone}",
        f"请验收：{milestone}",
    ]
    told = set(await subjects_to(desk, deal.cast.clerk))
    assert {f"交付被退回：{milestone}", f"已验收：{milestone}"} <= told
    assert f"合同 {number} 已履行完毕：{title}" in told
    finance = await mails_to(desk, deal.cast.finance)
    assert any("10,000.00 CNY" in letter.body for letter in finance)


async def test_an_invoice_reaches_the_payer_with_its_code_and_the_receipt_is_told(
    desk: Desk,
) -> None:
    deal = await invoicing.fw01(desk.app)
    payer = await world.person(desk.app, deal.enterprise, Role.PAYER)
    invoice = await invoicing.issued(desk.app, deal)
    await invoicing.received(desk.app, deal, invoice, 800_00)
    await invoicing.received(desk.app, deal, invoice, 25_000_00)
    await tell_all(desk.worker)
    issued, part, paid = (await mails_to(desk, payer))[-3:]
    assert issued.subject.startswith(f"请款单 {invoice.number}：25,800.00 CNY")
    assert invoice.payment_code in issued.body
    assert part.subject == f"请款单 {invoice.number} 收到部分款项，尚欠 25,000.00 CNY"
    assert "已收到 800.00 CNY" in part.body
    assert paid.subject.startswith(f"请款单 {invoice.number}")


async def test_letters_of_a_free_contract_speak_of_no_money(desk: Desk) -> None:
    deal = await invoicing.free(desk.app)
    await performance.complete(desk.app, deal)
    await tell_all(desk.worker, "contract.activated", "contract.completed", "milestone.accepted")
    letters = await mails_to(desk, deal.cast.clerk)
    assert [letter.subject.split("：")[0].split()[0] for letter in letters[-3:]] == [
        "合同",
        "已验收",
        "合同",
    ]
    assert not [letter.body for letter in letters if "请款" in letter.body or "0.00" in letter.body]
    assert not [each for each in await subjects_to(desk, deal.cast.finance) if "合同" in each]


async def test_an_order_free_of_charge_has_no_price_in_any_letter(desk: Desk) -> None:
    deal = await contracts_world.approved(desk.app, price_minor=0, free_or_paid="free")
    await tell_all(desk.worker, *(name for name in NOTICES if name.startswith("contract.")))
    cast = deal.cast
    readers = (cast.clerk, cast.technical, cast.finance, cast.leader, cast.buyer_signatory)
    letters = [letter for reader in readers for letter in await mails_to(desk, reader)]
    told = [each.body for each in letters if deal.contract.subject in each.body]
    assert len(told) == 5
    assert not [body for body in told if "无偿" not in body or "0.00" in body or "总额" in body]


async def test_another_units_clerk_is_not_told(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    stranger = await world.person(desk.app, await world.unit(desk.app), Role.CLERK)
    await ordered(desk, unit)
    await tell_all(desk.worker, "contract.ordered")
    assert not [letter for letter in await mails_to(desk, stranger) if "订单" in letter.subject]


async def test_makers_hear_that_their_offering_is_published(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    offering = await catalogue.published_offering(desk.app, unit)
    await tell_all(desk.worker, "offering.published")
    kept = await mail.kept(desk.worker, limit=100)
    told = [m.subject for m in kept if "已发布" in m.subject and offering.code in m.subject]
    assert told == [f"已发布：服务项目 {offering.code} {offering.title_zh}"]


async def test_reviewers_hear_the_day_by_which_they_were_asked_also_when_one_was_faster(
    desk: Desk,
) -> None:
    unit = await world.unit(desk.app)
    reviewer = await world.person(desk.app, unit, Role.TECH_REVIEWER)
    await catalogue.published_offering(desk.app, unit)
    await tell_all(desk.worker, "offering.submitted")
    letters = [m for m in await mails_to(desk, reviewer) if "请审核" in m.subject]
    assert len(letters) == 1
    assert "—" not in letters[0].body


async def test_a_credit_note_is_told_to_its_leader_then_to_the_payers_and_its_red_fapiao_to_finance(
    desk: Desk,
) -> None:
    deal = await invoicing.fw01(desk.app)
    invoice = await invoicing.issued(desk.app, deal)
    await invoicing.fapiao_issued(desk.app, deal, invoice)
    note = await invoicing.credited(desk.app, deal, invoice, 8_600_00)
    red = await invoicing.red_recorded(desk.app, deal, note)
    await tell_all(
        desk.worker, *(name for name in NOTICES if "credit_note" in name or "red_" in name)
    )

    told = {
        actor: [m.subject for m in await mails_to(desk, actor) if invoice.number in m.body]
        for actor in (deal.leader, deal.cast.buyer)
    }
    assert told[deal.leader] == [f"请审批：请款单 {invoice.number} 的贷项通知"]
    assert told[deal.cast.buyer] == [
        f"贷项通知 {note.number}：请款单 {invoice.number} 冲减 8,600.00 CNY",
        f"红字发票 {red.number} 已开具",
    ]


async def test_an_opening_balance_and_its_supplement_are_told_to_the_leader_who_decides(
    desk: Desk,
) -> None:
    unit = await world.unit(desk.app)
    finance = await world.person(desk.app, unit, Role.FINANCE)
    leader = await world.person(desk.app, unit, Role.LEADER)
    await books.opened_books(desk.app, finance, leader, books.line("surtax_payable", 1))
    withdrawn = await books.supplement(desk.app, finance, books.line("input_vat", 900))
    await opening.withdraw_opening_balance(desk.app, finance, withdrawn.id)
    waiting = await books.supplement(desk.app, finance, books.line("input_vat", 4_000))
    await opening.approve_opening_balance(desk.app, leader, waiting.id)
    await tell_all(desk.worker, *(name for name in NOTICES if name.startswith("opening_balance")))

    told = {
        actor: [mail for mail in await mails_to(desk, actor) if "期初" in mail.subject]
        for actor in (leader, finance)
    }
    first, wrong, taken_back, second = told[leader]
    assert first.subject == f"请审批：{unit.name_zh} 的期初余额（建账日 {books.DAY}）"
    assert second.subject == f"请审批：{unit.name_zh} 的期初补录（建账日 {books.DAY}）"
    assert "建账时漏列" in second.body
    assert "权利人同意书.pdf" in second.body
    for told_of, one, amount in ((second, waiting, "40.00"), (wrong, withdrawn, "9.00")):
        assert f"· 待抵扣进项税额：{amount} CNY" in told_of.body
        assert str(one.id) in told_of.body
    assert taken_back.subject == f"{unit.name_zh} 的期初补录（建账日 {books.DAY}）已撤回，无须审批"
    [done] = told[finance]
    assert done.subject == f"{unit.name_zh} 的期初补录已批准（建账日 {books.DAY}）"


async def test_the_city_clerks_hear_of_an_enterprise_to_verify(desk: Desk) -> None:
    city = await world.unit(desk.app, level=1)
    clerk = await world.person(desk.app, city, Role.CLERK)
    enterprise = await world.enterprise(desk.app, verified=False)
    await tell_all(desk.worker, "organisation.registered")
    letters = await mails_to(desk, clerk)
    assert [m.subject for m in letters if enterprise.name_zh in m.subject]


async def test_a_reader_of_english_gets_english(desk: Desk) -> None:
    unit = await world.unit(desk.app)
    clerk = await world.person(desk.app, unit, Role.CLERK)
    english = Profile(name="Expert A", language="en")
    await people.edit_profile(desk.app, clerk, english, expected_version=1)
    await ordered(desk, unit)
    await tell_all(desk.worker, "contract.ordered")
    letter = (await mails_to(desk, clerk))[-1]
    assert letter.subject.startswith("New order: Enterprise ")
    assert letter.body.startswith("Expert A,\n")
