"""Voiding an invoice takes two people, and only before it has had any effect."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.money.invoicing import model as invoicing
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import InvoiceState
from market.money.invoicing.voiding import model, operations, queries
from market.money.invoicing.voiding.model import ProposalState
from tests.world import identity
from tests.world import invoicing as world

REASON = "金额对应的期次有误"


async def test_an_approved_void_mirrors_the_posting_and_frees_the_instalment(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    first = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, first.id, REASON)

    approved = await operations.approve_void(conn, deal.leader, proposal.id)

    assert (approved.state, approved.decided_by) == (
        ProposalState.APPROVED,
        deal.leader.person_id,
    )
    void = await invoices.find_invoice(conn, deal.finance, first.id)
    assert (void.state, void.open_minor) == (InvoiceState.VOID, 0)
    assert not any((await world.balances(conn, deal)).values())
    again = await world.issued(conn, deal)
    assert again.number.endswith("-0002")
    assert again.payment_code != first.payment_code


async def test_repeating_gets_the_same_answer(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    assert await operations.propose_void(conn, deal.finance, invoice.id, REASON) == proposal
    approved = await operations.approve_void(conn, deal.leader, proposal.id)
    assert await operations.approve_void(conn, deal.leader, proposal.id) == approved


async def test_the_proposer_never_approves(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
    proposal = await operations.propose_void(conn, both, invoice.id, REASON)

    with pytest.raises(model.OwnVoidProposal):
        await operations.approve_void(conn, both, proposal.id)
    with pytest.raises(model.OwnVoidProposal):
        await operations.reject_void(conn, both, proposal.id, "不作废")


async def test_a_leader_who_holds_a_role_at_the_buyer_does_not_decide(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    await identity.also(conn, deal.leader, deal.enterprise, Role.PAYER)

    with pytest.raises(BothSides):
        await operations.approve_void(conn, deal.leader, proposal.id)
    with pytest.raises(BothSides):
        await operations.reject_void(conn, deal.leader, proposal.id, "不作废")


async def test_a_leader_of_the_parent_may_approve(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    above = await identity.person(conn, await identity.root(conn), Role.LEADER)

    approved = await operations.approve_void(conn, above, proposal.id)

    assert approved.state == ProposalState.APPROVED


async def test_only_finance_proposes_and_only_leaders_decide(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    for actor in (deal.leader, deal.buyer):
        with pytest.raises(invoicing.NotTheFinance):
            await operations.propose_void(conn, actor, invoice.id, REASON)

    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    colleague = await identity.person(conn, deal.unit, Role.FINANCE)
    with pytest.raises(model.NotTheVoidLeader):
        await operations.approve_void(conn, colleague, proposal.id)
    for hidden_from in (deal.buyer, identity.as_if_all_were_visible(deal.outsider)):
        with pytest.raises(NotFound):
            await operations.approve_void(conn, hidden_from, proposal.id)


async def test_a_rival_proposal_waits_for_the_first(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    rival = await identity.person(conn, deal.unit, Role.FINANCE)

    for other, why in ((rival, REASON), (deal.finance, "另有原因")):
        with pytest.raises(model.VoidProposed):
            await operations.propose_void(conn, other, invoice.id, why)


async def test_a_rejected_proposal_leaves_the_invoice_and_may_be_made_anew(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)

    rejected = await operations.reject_void(conn, deal.leader, proposal.id, "期次无误")

    assert (rejected.state, rejected.note) == (ProposalState.REJECTED, "期次无误")
    kept = await invoices.find_invoice(conn, deal.finance, invoice.id)
    assert kept.state == InvoiceState.OPEN
    with pytest.raises(WrongMove):
        await operations.approve_void(conn, deal.leader, proposal.id)
    again = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    assert again.id != proposal.id


async def test_what_was_paid_is_not_voided(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    await world.received(conn, deal, invoice, 100)

    with pytest.raises(model.InvoicePaid, match=invoice.number):
        await operations.approve_void(conn, deal.leader, proposal.id)


async def test_what_is_past_its_tax_point_is_not_voided(conn: Connection) -> None:
    deal = await world.fw01(conn, instalments=[world.at_signing(86_000_00, due_days=0)])
    invoice = await world.issued(conn, deal)

    with pytest.raises(model.PastTaxPoint):
        await operations.propose_void(conn, deal.finance, invoice.id, REASON)


async def test_a_live_fapiao_keeps_its_invoice(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    fapiao = await world.fapiao_requested(conn, deal, invoice)
    with pytest.raises(model.InvoiceHasFapiao):
        await operations.propose_void(conn, deal.finance, invoice.id, REASON)

    await world.fapiao_withdrawn(conn, deal, fapiao)

    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)
    assert proposal.state == ProposalState.PROPOSED


async def test_the_buyer_does_not_read_proposals(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    proposal = await operations.propose_void(conn, deal.finance, invoice.id, REASON)

    async with db.look(conn, deal.leader):
        assert await queries.proposals(conn, deal.leader, invoice_id=invoice.id) == [proposal]
    async with db.look(conn, deal.buyer):
        assert await queries.proposals(conn, deal.buyer) == []
    everything = identity.as_if_all_were_visible(deal.buyer)
    async with db.look(conn, everything):
        assert await queries.proposals(conn, everything) == []
