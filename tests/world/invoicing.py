"""Signed contracts, their invoices and what happens to them, for the tests of the money wing.

``deal = await invoicing.fw01(conn)``, then ``await invoicing.issued(conn, deal, place)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import clock, db, events, files
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.events import Event
from market.base.files import File
from market.identity.organisations.model import Organisation
from market.identity.policies import queries as policy_queries
from market.identity.policies.model import PolicyState, Proposal
from market.ledger import operations as ledger_operations
from market.ledger import queries as ledger
from market.ledger.model import Account
from market.money.invoicing import operations, queries
from market.money.invoicing.credit_notes import operations as note_operations
from market.money.invoicing.credit_notes.model import (
    FullNote,
    LineCredited,
    MilestoneCredited,
    NewCreditNote,
)
from market.money.invoicing.fapiao import operations as fapiao_operations
from market.money.invoicing.fapiao.model import Fapiao, FapiaoRequest, FapiaoType, IssuedFapiao
from market.money.invoicing.model import FullInvoice, Invoice, Receipt
from market.money.invoicing.recognition import operations as recognition_operations
from market.money.invoicing.recognition.model import Recognition, RecognitionGiven
from market.money.invoicing.red_fapiao import operations as red_operations
from market.money.invoicing.red_fapiao import queries as red_queries
from market.money.invoicing.red_fapiao.model import RedFapiao
from market.money.invoicing.tax_points import operations as tax_point_operations
from market.money.invoicing.tax_points import queries as tax_point_queries
from market.money.invoicing.tax_points.model import TaxPoint
from market.trade.contracts import operations as contract_operations
from market.trade.contracts.model import Instalment
from market.trade.contracts.planned import InstalmentTerms
from market.trade.signing import operations as signing
from tests.world import catalogue, contracts, identity, performance, ready

numbers: Final = count(1)


class Deal(contracts.Deal, frozen=True):
    """A contract, the people around it, and a finance of another unit, who sees none of it."""

    outsider: Actor

    @property
    def instalments(self) -> list[Instalment]:
        return self.contract.instalments

    @property
    def unit(self) -> Organisation:
        return self.cast.unit

    @property
    def enterprise(self) -> Organisation:
        return self.cast.enterprise

    @property
    def finance(self) -> Actor:
        return self.cast.finance

    @property
    def leader(self) -> Actor:
        return self.cast.leader

    @property
    def buyer(self) -> Actor:
        return self.cast.buyer


def at_signing(amount_minor: int, *, due_days: int = 15) -> InstalmentTerms:
    return InstalmentTerms(amount_minor=amount_minor, trigger="signing", due_days=due_days)


def dated(amount_minor: int, due_on: date) -> InstalmentTerms:
    return InstalmentTerms(amount_minor=amount_minor, trigger="date", due_on=due_on)


def on_acceptance(amount_minor: int) -> InstalmentTerms:
    return InstalmentTerms(amount_minor=amount_minor, trigger="milestone", milestone=1)


async def fw01(conn: Connection, *, instalments: Sequence[InstalmentTerms] | None = None) -> Deal:
    """The worked example, 86,000.00 in 30/50/20 per cent, in force; all may be invoiced today."""
    if instalments is None and (waiting := await ready.take(conn, Deal)):
        return waiting
    today = await clock.today(conn)
    usual = [
        at_signing(25_800_00),
        dated(43_000_00, today + timedelta(days=10)),
        dated(17_200_00, today + timedelta(days=12)),
    ]
    return await in_force(conn, await drafted(conn, instalments or usual))


async def unsigned(conn: Connection) -> Deal:
    """A contract that is approved and waits for its signatures."""
    return await approved(conn, await drafted(conn, [at_signing(86_000_00)]))


async def zr01(conn: Connection) -> Deal:
    """A transfer of 180,000.00 that claims its exemption."""
    exemption = {"exemption_rule": "vat.exempt.technology_transfer"}
    deal = await drafted(
        conn, [at_signing(180_000_00)], exemption, kind="transfer", price_minor=180_000_00
    )
    return await in_force(conn, deal)


async def agency(conn: Connection) -> Deal:
    """A sale of 100,000.00 for the owner of a right, at a commission of ten per cent."""
    deal = await drafted(
        conn,
        [at_signing(100_000_00)],
        kind="transfer",
        price_minor=100_000_00,
        capacity="agent",
        commission_ppm=100_000,
    )
    return await in_force(conn, deal)


async def free(conn: Connection) -> Deal:
    """A service free of charge."""
    return await in_force(conn, await drafted(conn, [], price_minor=0, free_or_paid="free"))


async def drafted(
    conn: Connection,
    instalments: Sequence[InstalmentTerms],
    terms: dict[str, Any] | None = None,
    **offering: Any,
) -> Deal:
    """An order of a new offering, whose draft is complete."""
    deal = await contracts.ordered(conn, **offering)
    given = {"instalments": msgspec.to_builtins(instalments), **(terms or {})}
    edit = contracts.full_terms(deal.contract, await clock.today(conn), **given)
    draft = await contract_operations.edit_terms(
        conn, deal.cast.clerk, deal.contract.id, edit, deal.contract.version
    )
    outsider = await identity.person(conn, await identity.unit(conn), Role.FINANCE)
    return Deal(deal.cast, deal.offering, draft, outsider)


async def approved(conn: Connection, deal: Deal) -> Deal:
    """Submitted, and passed by three people."""
    await signing.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    return _now(deal, await contracts.reviewed(conn, deal, *contracts.STAGES))


async def in_force(conn: Connection, deal: Deal) -> Deal:
    """Approved, and signed by both parties."""
    deal = await approved(conn, deal)
    deal = _now(deal, await contracts.sign(conn, deal, "provider"))
    return _now(deal, await contracts.sign(conn, deal, "buyer"))


def _now(deal: Deal, after: contracts.Deal) -> Deal:
    return msgspec.structs.replace(deal, contract=after.contract)


async def started(conn: Connection, deal: Deal) -> None:
    """Work begins on the first milestone, and the job that hears of it has run."""
    await performance.start(conn, deal)
    await run_start_job(conn, deal)


async def run_start_job(conn: Connection, deal: Deal) -> None:
    """As the worker runs it: by the system, on the event that the start recorded."""
    event = Event(
        id=1,
        at=await clock.now(conn),
        name="milestone.started",
        actor=deal.cast.clerk.person_id,
        organisation=deal.unit.id,
        subject="milestone",
        subject_id=deal.contract.milestones[0].id,
        version=2,
        move="start",
        state_from="planned",
        state_to="in_progress",
        changed={},
    )
    async with db.act(conn, SYSTEM):
        await tax_point_operations.count_receipts_at_start(conn, event)


async def issued(conn: Connection, deal: Deal, place: int = 0) -> FullInvoice:
    return await operations.issue_invoice(conn, deal.finance, deal.instalments[place].id)


async def received(
    conn: Connection, deal: Deal, invoice: Invoice, amount_minor: int, *, on: date | None = None
) -> Invoice:
    """What a match does to the invoice."""
    return await applied(conn, deal, invoice, amount_minor, f"match:{next(numbers)}", on)


async def taken_back(
    conn: Connection, deal: Deal, invoice: Invoice, amount_minor: int, *, on: date | None = None
) -> Invoice:
    """What undoing a match of a receipt of that day does to the invoice."""
    return await applied(conn, deal, invoice, -amount_minor, f"match_undone:{next(numbers)}", on)


async def applied(
    conn: Connection,
    deal: Deal,
    invoice: Invoice,
    amount_minor: int,
    cause: str,
    on: date | None = None,
) -> Invoice:
    async with db.act(conn, deal.finance):
        received_on = on or await clock.today(conn)
        owed = [await queries.lock_invoice(conn, deal.finance, invoice.id)]
        receipt = Receipt(invoice.id, amount_minor, received_on, cause)
        done = await operations.apply_receipts(conn, owed, [receipt])
        await ledger_operations.post_all(conn, done.postings)
        await events.record_many(conn, done.happenings)
    return done.invoices[0]


async def credited(
    conn: Connection,
    deal: Deal,
    invoice: Invoice,
    amount_minor: int | None = None,
    *milestones: tuple[UUID, int],
    line: int = 1,
) -> FullNote:
    """Proposed by finance and issued by the leader: so much of a line, or all that is left."""
    lines = [LineCredited(position=line, amount_minor=amount_minor)] if amount_minor else []
    named = [MilestoneCredited(milestone_id=one, net_minor=net) for one, net in milestones]
    wanted = NewCreditNote(reason="双方协商减少工作量", lines=lines, milestones=named)
    note = await note_operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)
    return await note_operations.approve_credit_note(conn, deal.leader, note.id)


async def red_recorded(conn: Connection, deal: Deal, note: FullNote) -> RedFapiao:
    """Finance records the red fapiao that the credit note asked for."""
    async with db.look(conn, deal.finance):
        [red] = [
            one
            for one in await red_queries.red_listed(conn, deal.finance, limit=100)
            if one.credit_note_id == note.id
        ]
    given = await document(conn, deal)
    return await red_operations.issue_red_fapiao(conn, deal.finance, red.id, given)


async def tax_points(conn: Connection, invoice: Invoice) -> list[TaxPoint]:
    async with db.look(conn, SYSTEM):
        return await tax_point_queries.tax_points_of(conn, invoice.id)


async def balances(conn: Connection, deal: Deal) -> dict[str, int]:
    """The accounts that invoices move, those at nought left out."""
    books, contract = deal.contract.books_unit_id, deal.contract
    accounts = [
        Account("receivable", contract.buyer_id),
        Account("contract_position", contract.id),
        *map(Account, ("vat_deferred", "vat_payable", "surtax_payable")),
    ]
    async with db.look(conn, SYSTEM):
        found = {
            account.kind: await ledger.balance(conn, books, account, contract.currency)
            for account in accounts
        }
    return {kind: balance for kind, balance in found.items() if balance}


def ordinary(deal: Deal) -> FapiaoRequest:
    return FapiaoRequest(type=FapiaoType.ORDINARY, title=deal.enterprise.name_zh)


def special(deal: Deal) -> FapiaoRequest:
    return FapiaoRequest(
        type=FapiaoType.SPECIAL,
        title=deal.enterprise.name_zh,
        uscc=deal.enterprise.uscc,
        address="锦川市东城区机械路1号",
        phone="028-00000000",
        bank_name="锦川银行东城支行",
        bank_account="6222000000000000",
    )


async def fapiao_requested(
    conn: Connection, deal: Deal, invoice: Invoice, *, wanted: FapiaoRequest | None = None
) -> Fapiao:
    """The buyer asks for one, a special one unless told otherwise."""
    asked = wanted or special(deal)
    return await fapiao_operations.request_fapiao(conn, deal.buyer, invoice.id, asked)


async def fapiao_withdrawn(conn: Connection, deal: Deal, fapiao: Fapiao) -> Fapiao:
    return await fapiao_operations.withdraw_fapiao_request(conn, deal.buyer, fapiao.id)


async def document(conn: Connection, deal: Deal, *, stored_by: Actor | None = None) -> IssuedFapiao:
    """What the tax platform gave finance today."""
    return IssuedFapiao(
        number=f"265100{next(numbers):014d}",
        issued_on=await clock.today(conn),
        file_id=await catalogue.stored_file(conn, stored_by or deal.finance),
    )


async def fapiao_issued(
    conn: Connection, deal: Deal, invoice: Invoice, *, on: date | None = None
) -> Fapiao:
    """Asked for by the buyer, and issued today or dated that day."""
    return await fapiao_recorded(conn, deal, await fapiao_requested(conn, deal, invoice), on=on)


async def fapiao_recorded(
    conn: Connection, deal: Deal, fapiao: Fapiao, *, on: date | None = None
) -> Fapiao:
    """Finance records the document, dated today or that day."""
    given = await document(conn, deal)
    given = msgspec.structs.replace(given, issued_on=on or given.issued_on)
    return await fapiao_operations.issue_fapiao(conn, deal.finance, fapiao.id, given)


async def reads_file(conn: Connection, actor: Actor, file_id: UUID) -> File:
    async with db.look(conn, actor):
        return await files.find(conn, actor, file_id)


async def recognition_given(conn: Connection, deal: Deal) -> RecognitionGiven:
    return RecognitionGiven(
        number=f"5101-2026-{next(numbers):04d}",
        recognised_on=await clock.today(conn),
        file_id=await catalogue.stored_file(conn, deal.finance),
    )


async def recognised(conn: Connection, deal: Deal) -> Recognition:
    return await recognition_operations.record_recognition(
        conn, deal.finance, deal.contract.id, await recognition_given(conn, deal)
    )


async def surtaxed(conn: Connection) -> None:
    """From today on, surtax at the rates of the worked example: 7, 3 and 2 per cent of VAT."""
    rates = {"urban_construction": 70_000, "education": 30_000, "local_education": 20_000}
    proposal = Proposal(
        name="surtax",
        effective_on=await clock.today(conn),
        body={"of_vat_ppm": rates},
        source="城市维护建设税法第四条",
    )
    await policy_in_force(conn, proposal)


async def policy_in_force(conn: Connection, proposal: Proposal) -> None:
    """As two administrators put it into force; they themselves may only from tomorrow on."""
    await identity.root(conn)
    first, second = await identity.two_administrators(conn)
    async with db.act(conn, first):
        proposed = await policy_queries.insert_proposal(conn, proposal, first.person_id)
        await events.record(
            conn, first, "policy.proposed", about=proposed, move=("propose", events.BIRTH)
        )
    async with db.act(conn, second):
        approved = await policy_queries.set_decision(
            conn, proposed, to=PolicyState.APPROVED, decided_by=second.person_id
        )
        await events.record(
            conn, second, "policy.approved", about=approved, move=("approve", proposed.state)
        )
