"""A market in which everything has happened once: an auditor must find no fault with it.

``await everything.happens(conn)`` on a connection outside any transaction: each act commits, and
so has a place of its own in the log.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.identity.authorities import operations as authorities
from market.identity.authorities import queries as authority_queries
from market.identity.enterprises import operations as enterprises
from market.identity.erasure import operations as erasure
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.keys import operations as keys
from market.identity.keys.model import NewKey
from market.identity.letters import Link
from market.identity.members import operations as members
from market.identity.members.model import Leaving
from market.identity.policies import operations as policies
from market.identity.policies.model import Proposal
from market.identity.renamings import operations as renamings
from market.identity.renamings.model import NewRenaming
from market.identity.roles import operations as roles
from market.identity.second_factor import operations as second_factor
from market.identity.second_factor_resets import operations as resets
from market.identity.second_factor_resets.model import NewReset
from market.identity.units import operations as units
from market.identity.units.model import Merger
from market.ledger import operations as ledger
from market.ledger.opening import operations as opening
from market.money.invoicing.credit_notes import operations as crediting
from market.money.invoicing.credit_notes.model import NewCreditNote
from market.money.invoicing.fapiao import operations as fapiao
from market.money.invoicing.fapiao.model import Delivery
from market.money.invoicing.model import FullInvoice
from market.money.invoicing.voiding import operations as voiding
from market.money.reconciliation.matching.model import AllocationGiven
from market.money.statements.accounts import operations as accounts
from market.trade.catalogue import operations as offerings
from market.trade.catalogue import reviewing
from market.trade.catalogue.model import ReviewInput as OfferingReview
from market.trade.catalogue.terms import TermsChange
from market.trade.contracts import operations as drafting
from market.trade.deals import operations as talking
from market.trade.deals.model import ReadMark
from market.trade.performance import operations as performing
from market.trade.performance.model import ReturnInput
from market.trade.providers import operations as providers
from market.trade.providers.model import ProfileInput
from market.trade.reviews import operations as reviewing_deals
from market.trade.reviews.model import AnswerInput, HidingInput
from market.trade.rights import operations as rights
from market.trade.rights.model import LegalChange, LegalMove
from market.trade.signing import operations as signing
from market.trade.signing.model import ReviewInput
from tests.world import (
    catalogue,
    contracts,
    deals,
    discovery,
    identity,
    invoicing,
    money,
    performance,
    reviews,
    stripe,
)
from tests.world import ledger as books
from tests.world.invoicing import Deal


async def happens(conn: Connection) -> None:
    """All of it, ending with vouchers."""
    await _people_come_and_go(conn)
    await _devices_are_lost(conn)
    await _organisations_change(conn)
    await _policies_follow_each_other(conn)
    await _offerings_and_rights_move(conn)
    await _two_sides_talk(conn)
    await _books_begin(conn)
    await _orders_end_early(conn)
    await _an_invoice_is_void_and_issued_anew(conn)
    await _others_are_performed(conn)
    await _the_worked_example(conn)
    await _what_is_not_owed_is_credited(conn)
    await stripe.happens(conn)
    await ledger.number_vouchers(conn)
    await ledger.fold_tallies(conn)


async def _people_come_and_go(conn: Connection) -> None:
    unit, enterprise = await identity.unit(conn), await identity.enterprise(conn)
    first, second = await identity.two_administrators(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    leaver = await catalogue.enrolled_member(conn, unit)
    await members.leave(conn, clerk, leaver, Leaving())
    expires_on = await clock.today(conn) + timedelta(days=30)
    new_key = NewKey(name="对接程序", roles=[Role.CLERK], expires_on=expires_on)
    await keys.issue_key(conn, clerk, new_key)
    await keys.revoke_key(conn, clerk, (await keys.issue_key(conn, clerk, new_key)).key.id)
    buyer = await identity.person(conn, enterprise, Role.BUYER)
    await erasure.erase_person(conn, buyer, buyer.person_id)
    new = NewInvitation(
        organisation_id=unit.id, name="专家甲", email="nobody@market.test", roles=[Role.MEMBER]
    )
    invited = await invitations.invite(conn, first, new, Link(identity.SITE))
    await invitations.revoke_invitation(conn, first, invited.id)
    finance = await identity.person(conn, unit, Role.FINANCE, Role.MEMBER)
    for grant in await identity.grants_of(conn, finance):
        await roles.revoke_grant(conn, second, grant.id, "调离本单位")
    signatory = await contracts.signatory(conn, unit)
    async with db.look(conn, first):
        held = await authority_queries.authorities(
            conn, first, organisation_id=unit.id, state=None, after=None, limit=1
        )
    assert held[0].person_id == signatory.person_id
    await authorities.revoke_authority(conn, first, held[0].id, "不再担任法定代表人")


async def _devices_are_lost(conn: Connection) -> None:
    """One is removed by its person, one reset by two others, one not; one waits."""
    unit = await identity.unit(conn)
    devices = [
        await identity.with_second_factor(conn, await identity.person(conn, unit, Role.FINANCE))
        for _ in range(3)
    ]
    first, second = await identity.two_administrators(conn)
    removed, lost, kept = devices
    expires_on = await clock.today(conn) + timedelta(days=30)
    new_key = NewKey(name="对账程序", roles=[Role.FINANCE], expires_on=expires_on)
    await keys.issue_key(conn, kept.actor, new_key)
    code = removed.recovery_codes[0]
    await second_factor.remove(conn, removed.actor, code, identity.KEY)
    for device, decide in (
        (lost, resets.approve_reset),
        (kept, partial(resets.refuse_reset, reason="本人未报失")),
    ):
        new = NewReset(person_id=device.actor.person_id, reason="手机丢失，已核对身份证件")
        proposed = await resets.propose_reset(conn, first, new)
        await decide(conn, second, proposed.id)
    for _ in "ab":
        await second_factor.begin(conn, await identity.again(conn, lost.actor))


async def _organisations_change(conn: Connection) -> None:
    clerk = await identity.person(conn, await identity.root(conn), Role.CLERK)
    renamed = await identity.enterprise(conn)
    manager = await identity.manager_of(conn, renamed)
    for name_zh, decide in (
        ("锦川重工股份有限公司", renamings.approve_renaming),
        ("锦川重工集团", partial(renamings.refuse_renaming, reason="执照上不是此名称")),
    ):
        named = NewRenaming(name_zh=name_zh, reason="营业执照已换发")
        proposed = await renamings.propose_renaming(conn, manager, renamed.id, named)
        await decide(conn, clerk, proposed.id)
    refused = await identity.enterprise(conn, verified=False)
    await enterprises.refuse_enterprise(conn, clerk, refused.id, "名称与执照不符")
    await identity.enterprise(conn, verified=False)
    old, successor = await identity.unit(conn), await identity.unit(conn)
    first, _ = await identity.two_administrators(conn)
    on_day = await clock.today(conn)
    merger = Merger(successor_id=successor.id, on_day=on_day, reason="两单位合并办公")
    await units.merge_unit(conn, first, old.id, merger)


async def _policies_follow_each_other(conn: Connection) -> None:
    first, second = await identity.two_administrators(conn)
    tomorrow = await clock.today(conn) + timedelta(days=1)
    for decide in (policies.reject_policy, policies.approve_policy):
        proposal = Proposal(
            name="stamp_duty", effective_on=tomorrow, body={"rate_ppm": 500}, source="理事会决议"
        )
        proposed = await policies.propose_policy(conn, first, proposal)
        await decide(conn, second, proposed.id)
    waiting = Proposal(
        name="stamp_duty", effective_on=tomorrow, body={"rate_ppm": 600}, source="理事会决议"
    )
    await policies.propose_policy(conn, first, waiting)


async def _offerings_and_rights_move(conn: Connection) -> None:
    unit = await identity.unit(conn)
    member = await identity.person(conn, unit, Role.MEMBER)
    clerk = await identity.person(conn, unit, Role.CLERK)
    reviewer = await identity.person(conn, unit, Role.TECH_REVIEWER)
    await catalogue.drafted_offering(conn, unit, member)
    offering = await catalogue.published_offering(conn, unit)
    await catalogue.passed_revision(conn, unit, offering, price_minor=99_00)
    await offerings.change_draft(conn, member, offering.id, TermsChange(price_minor=98_00))
    await offerings.discard_revision(conn, member, offering.id)
    await offerings.suspend_offering(conn, clerk, offering.id, "设备检修")
    await offerings.resume_offering(conn, clerk, offering.id)
    retired = await catalogue.published_offering(conn, unit)
    await offerings.retire_offering(conn, clerk, retired.id, "不再提供")
    returned = await catalogue.drafted_offering(conn, unit, member)
    await offerings.submit_offering(conn, member, returned.id)
    verdict = OfferingReview(verdict="return", reasons="请补充检验标准")
    await reviewing.review_offering(conn, reviewer, returned.id, verdict)
    await catalogue.imported_offering(conn, unit)
    right = await catalogue.settled_right(conn, unit)
    for move in (LegalMove.DISPUTE, LegalMove.SETTLE, LegalMove.LAPSE):
        await rights.record_legal_state(conn, clerk, right.id, LegalChange(move, "登记簿副本"))


async def _two_sides_talk(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    deal = await deals.opened(conn, unit, buyer)
    await discovery.that_found(conn, buyer, deal.topic_id)
    await deals.said(conn, buyer, deal)
    await deals.said(conn, clerk, deal, "见附件。", await catalogue.stored_file(conn, clerk))
    await talking.mark_read(conn, buyer, deal.id, ReadMark(number=2))


async def _books_begin(conn: Connection) -> None:
    unit, buyer = await identity.unit(conn), await identity.enterprise(conn)
    finance = await identity.person(conn, unit, Role.FINANCE)
    leader = await identity.person(conn, unit, Role.LEADER)
    lines = (
        books.line("receivable", 200_000, buyer.id),
        books.line("vat_payable", 30_000),
        books.line("customer_credit", 10_000, buyer.id),
    )
    await books.opened_books(conn, finance, leader, *lines)
    bank = await money.bank_of(conn, unit, finance, leader)
    paid = [money.Line(50_000, buyer.name_zh), money.Line(70_000, buyer.name_zh)]
    first, second = (await money.imported(conn, bank, paid, opening_minor=0)).outcomes
    [item_id] = await money.item_ids(conn, unit.id)
    await money.items_matched(conn, finance, first.line_id, (item_id, 50_000))
    wrong = await money.items_matched(conn, finance, second.line_id, (item_id, 70_000))
    await money.undone(conn, finance, wrong)
    debt = [books.item("2025-131", 60_000)]
    missing = books.line("input_vat", 4_000), books.line("receivable", 60_000, buyer.id, items=debt)
    waiting = await books.supplement(conn, finance, *missing)
    await opening.approve_opening_balance(conn, leader, waiting.id)


async def _orders_end_early(conn: Connection) -> None:
    """One cancelled as an order, one returned by a reviewer, one void with its number kept."""
    people = await contracts.cast(conn)
    ordered = await contracts.ordered(conn, people)
    await drafting.void_contract(conn, people.buyer, ordered.contract.id, "计划有变")
    returned = await contracts.submitted(conn, people)
    verdict = ReviewInput(verdict="return", reasons="验收标准不清")
    await signing.review_contract(
        conn, people.technical, returned.contract.id, "technical", verdict
    )
    numbered = await contracts.approved(conn, people)
    await drafting.void_contract(conn, people.clerk, numbered.contract.id, "双方协商取消")
    await contracts.sign(conn, await contracts.approved(conn, people), "provider")


async def _an_invoice_is_void_and_issued_anew(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    for decide in ("reject", "approve"):
        invoice = await invoicing.issued(conn, deal)
        proposal = await voiding.propose_void(conn, deal.finance, invoice.id, "期次有误")
        if decide == "reject":
            await voiding.reject_void(conn, deal.leader, proposal.id, "无误")
        else:
            await voiding.approve_void(conn, deal.leader, proposal.id)
    await invoicing.issued(conn, deal)


async def _what_is_not_owed_is_credited(conn: Connection) -> None:
    """Before and after acceptance and payment, in part and whole; one fapiao each way; one refused.

    One note waits, and so does one red fapiao.
    """
    deal = await invoicing.fw01(conn)
    first, second, third = [await invoicing.issued(conn, deal, place) for place in range(3)]
    await invoicing.credited(conn, deal, first, 5_000_00)
    await performance.accept(conn, deal)
    await money.paid(conn, deal, second.id, 20_000_00)
    await invoicing.credited(conn, deal, second, 1_06, (performance.milestones(deal)[0], 1_00))
    await invoicing.credited(conn, deal, second, 30_000_01)
    out, _ = [await invoicing.fapiao_issued(conn, deal, one) for one in (third, second)]
    handed = Delivery(delivered_on=await clock.today(conn))
    await fapiao.deliver_fapiao(conn, deal.finance, out.id, handed)
    for invoice, amount_minor in ((third, None), (second, 1_000_00)):
        note = await invoicing.credited(conn, deal, invoice, amount_minor)
        await invoicing.red_recorded(conn, deal, note)
    await invoicing.credited(conn, deal, second, 1_00)
    for decide in (True, False):
        wanted = NewCreditNote(reason="重复计费")
        note = await crediting.propose_credit_note(conn, deal.finance, first.id, wanted)
        if decide:
            await crediting.reject_credit_note(conn, deal.leader, note.id, "没有重复")
    agency = await invoicing.agency(conn)
    sold = await invoicing.issued(conn, agency)
    await invoicing.credited(conn, agency, sold, 7_00, line=2)
    await performance.complete(conn, agency)
    await invoicing.credited(conn, agency, sold)


async def _others_are_performed(conn: Connection) -> None:
    """An exempt transfer, an agent's sale, and a service that is free."""
    exempt = await invoicing.zr01(conn)
    await invoicing.recognised(conn, exempt)
    await invoicing.issued(conn, exempt)
    agency = await invoicing.agency(conn)
    await invoicing.issued(conn, agency)
    for deal in (exempt, agency, await invoicing.free(conn)):
        await performance.complete(conn, deal)
    await _they_review_each_other(conn, exempt)


async def _they_review_each_other(conn: Connection, deal: Deal) -> None:
    """Both, one of them twice; answered, then hidden. And somebody agrees to be shown."""
    people, above = deal.cast, (await identity.two_administrators(conn))[0]
    first = await reviews.written(conn, deal, "provider")
    second = reviews.words(punctuality=3)
    await reviewing_deals.edit_review(conn, people.clerk, first.id, second, first.version)
    review = await reviews.written(conn, deal, "buyer")
    answer = AnswerInput(answer="谢谢")
    await reviewing_deals.answer_review(conn, people.leader, review.id, answer)
    hiding = HidingInput(reason="含有与合同无关的人身攻击")
    await reviewing_deals.hide_review(conn, above, review.id, hiding)
    himself = await identity.person(conn, people.unit, Role.MEMBER)
    member_id = await catalogue.enrolled_member(conn, people.unit, himself.person_id)
    nothing = ProfileInput(qualification_ids=[])
    await providers.agree_to_be_shown(conn, himself, member_id, nothing)


async def _the_worked_example(conn: Connection) -> None:
    """FW-01 with surtax: delivered twice, accepted, invoiced whole, one fapiao given out."""
    await invoicing.surtaxed(conn)
    deal = await invoicing.fw01(conn)
    await performance.deliver(conn, deal)
    first = performance.milestones(deal)[0]
    await performing.return_milestone(conn, deal.buyer, first, ReturnInput(reasons="尺寸超差"))
    again = await performance.delivery(conn, deal, note="返修完成")
    await performing.deliver_milestone(conn, deal.cast.clerk, first, again)
    await performing.accept_milestone(conn, deal.buyer, first, performance.certificate())
    for place in (1, 2):
        await performance.accept(conn, deal, place)
    invoices = [await invoicing.issued(conn, deal, place) for place in range(3)]
    asked = await invoicing.fapiao_requested(conn, deal, invoices[1])
    await invoicing.fapiao_withdrawn(conn, deal, asked)
    issued = await invoicing.fapiao_issued(conn, deal, invoices[0])
    handed = Delivery(delivered_on=await clock.today(conn))
    await fapiao.deliver_fapiao(conn, deal.finance, issued.id, handed)
    await _it_is_paid(conn, deal, invoices)


async def _it_is_paid(conn: Connection, deal: Deal, invoices: list[FullInvoice]) -> None:
    """Exactly, short by a charge, too much, from credit; matched, confirmed, undone."""
    bank = await money.bank(conn, deal)
    refused = await accounts.propose_account(conn, deal.finance, deal.unit.id, money.new_account())
    await accounts.reject_account(conn, deal.leader, refused.id, "不是本单位账户")
    buyer = deal.enterprise.name_zh
    lines = [
        money.Line(25_800_00, buyer, invoices[0].payment_code, days_ago=3),
        money.Line(41_975_00, buyer, days_ago=2),
        money.Line(18_200_00, buyer, days_ago=2),
        money.Line(10_00, "财务公司", days_ago=1),
        money.Line(500_00, days_ago=1, reference="R1"),
        money.Line(-500_00, days_ago=1, reference="R2"),
        money.Line(-12_00, days_ago=1),
        money.Line(77_00),
    ]
    taken = await money.imported(conn, bank, lines)
    exact, short, over, foreign, back_in, back_out, charge, _ = taken.outcomes
    act, finance = partial(money.matched, conn, deal.finance), deal.finance
    await act(short.line_id, money.allocation(invoices[1].id, 41_975_00, charge_minor=25_00))
    rest = money.rest("customer_credit", 1_000_00, organisation_id=deal.enterprise.id)
    await act(over.line_id, money.allocation(invoices[2].id, 17_200_00), rest=rest)
    used = await money.credit_used(conn, finance, invoices[1].id, 400_00)
    await money.credit_use_undone(conn, finance, used)
    await money.credit_used(conn, finance, invoices[1].id, 900_00)
    await money.undone(conn, finance, await act(foreign.line_id, _of(invoices[1])))
    await money.confirmed(conn, bank.leader, await act(foreign.line_id, _of(invoices[1])))
    meets = money.rest("returned", 500_00, other_line_id=back_out.line_id)
    await money.undone(conn, finance, await act(back_in.line_id, rest=meets))
    await act(back_in.line_id, rest=meets)
    await act(charge.line_id, rest=money.rest("bank_charges", 12_00))
    await _matched_anew(conn, deal, exact.line_id, invoices[0])


def _of(invoice: FullInvoice) -> AllocationGiven:
    return money.allocation(invoice.id, 10_00)


async def _matched_anew(conn: Connection, deal: Deal, line_id: UUID, invoice: FullInvoice) -> None:
    """What the market matched by itself is undone, made again by hand and confirmed."""
    line = await money.line_of(conn, deal.finance, line_id)
    await money.undone(conn, deal.finance, line.matches[0])
    given = money.allocation(invoice.id, invoice.amount_minor)
    made = await money.matched(conn, deal.finance, line_id, given)
    await money.confirmed(conn, deal.leader, made)
