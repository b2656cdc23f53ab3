"""Acceptance: the buyer's act that turns a milestone's net price into revenue."""

import msgspec
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.trade.contracts import operations as drafting
from market.trade.contracts import queries as contracts
from market.trade.contracts.model import Contract
from market.trade.contracts.terms import TermsEdit
from market.trade.performance import operations, queries
from market.trade.performance.model import (
    ContractNotActive,
    OnlyBuyerAccepts,
    State,
    UnknownEvidence,
    WorkedForProvider,
)
from market.trade.signing import operations as signing
from tests.world import catalogue, performance
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world.contracts import Deal
from tests.world.performance import certificate, milestones


async def balance(conn: Connection, deal: Deal, account: Account) -> int:
    async with db.act(conn, SYSTEM):
        return await ledger.balance(conn, deal.contract.books_unit_id, account, "CNY")


async def one_milestone(conn: Connection) -> Deal:
    return await contracts_world.signed(conn, price_minor=10_600_00)


async def contract_now(conn: Connection, deal: Deal) -> Contract:
    async with db.look(conn, deal.cast.buyer):
        return await contracts.find_contract(conn, deal.cast.buyer, deal.contract.id)


async def test_the_net_price_of_fw_01_becomes_revenue_and_the_contract_is_completed(
    conn: Connection,
) -> None:
    deal = await contracts_world.signed(conn)
    done = await performance.complete(conn, deal)
    assert [milestone.state for milestone in done] == [State.ACCEPTED] * 3
    assert sum(milestone.net_minor for milestone in done) == 81_132_08
    assert await balance(conn, deal, Account("revenue:service")) == 81_132_08
    assert (await contract_now(conn, deal)).state == "completed"


async def test_the_contracts_position_takes_what_revenue_gives(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.accept(conn, deal)
    position = Account("contract_position", deal.contract.id)
    assert await balance(conn, deal, position) == 10_000_00


async def test_the_posting_is_dated_with_the_certificate(conn: Connection) -> None:
    deal = await one_milestone(conn)
    accepted = await performance.accept(conn, deal)
    assert accepted.certificate is not None
    async with db.act(conn, SYSTEM):
        posting = await ledger.posted(conn, f"milestone_accepted:{accepted.id}")
        assert posting.effective_on == accepted.certificate.accepted_on == await clock.today(conn)


async def test_milestones_are_accepted_in_any_order_and_the_last_completes(
    conn: Connection,
) -> None:
    deal = await contracts_world.signed(conn)
    for place in (2, 0):
        await performance.accept(conn, deal, place)
        assert (await contract_now(conn, deal)).state == "active"
    await performance.accept(conn, deal, 1)
    assert (await contract_now(conn, deal)).state == "completed"


async def test_a_free_contract_is_completed_without_any_posting(conn: Connection) -> None:
    deal = await contracts_world.signed(conn, price_minor=0, free_or_paid="free")
    await performance.accept(conn, deal)
    assert (await contract_now(conn, deal)).state == "completed"
    async with db.act(conn, SYSTEM):
        with pytest.raises(NotFound):
            await ledger.posted(conn, f"milestone_accepted:{milestones(deal)[0]}")


async def test_an_agents_revenue_is_its_commission_and_the_rest_is_owed_to_the_owner(
    conn: Connection,
) -> None:
    deal = await contracts_world.signed(
        conn, kind="transfer", capacity="agent", commission_ppm=100_000
    )
    await performance.complete(conn, deal)
    contract = await contract_now(conn, deal)
    assert contract.owner_minor == 77_400_00
    assert await balance(conn, deal, Account("revenue:intermediary")) == contract.net_minor
    async with db.act(conn, SYSTEM):
        owners = await queries.owners_of(conn, contract.offering_id, contract.offering_version)
    owed = [await balance(conn, deal, Account("owner_payable", owner.id)) for owner in owners]
    assert sum(owed) == contract.owner_minor
    position = Account("contract_position", contract.id)
    assert await balance(conn, deal, position) == contract.net_minor + contract.owner_minor


async def test_no_owner_gains_a_fen_at_every_milestone(conn: Connection) -> None:
    """Three owners share the contract's 77,400.00 as if it were passed on at once."""
    people = await contracts_world.cast(conn)
    right = await catalogue.inventors_right(conn, people.unit, 333_334, 250_000, 416_666)
    deal = await contracts_world.signed(
        conn, people, kind="transfer", capacity="agent", commission_ppm=100_000, right_id=right.id
    )
    await performance.complete(conn, deal)
    owed = [
        await balance(conn, deal, Account("owner_payable", owner.person_id))
        for owner in right.owners
    ]
    assert owed == [25_800_05, 19_350_00, 32_249_95]


async def test_the_provider_cannot_accept_its_own_work(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.deliver(conn, deal)
    with pytest.raises(OnlyBuyerAccepts):
        await operations.accept_milestone(conn, deal.cast.clerk, milestones(deal)[0], certificate())


async def test_a_payer_of_the_buyer_cannot_accept(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.deliver(conn, deal)
    payer = await world.person(conn, deal.cast.enterprise, Role.PAYER)
    with pytest.raises(OnlyBuyerAccepts):
        await operations.accept_milestone(conn, payer, milestones(deal)[0], certificate())


async def test_a_stranger_does_not_find_the_milestone(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.deliver(conn, deal)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    for actor in (stranger, world.as_if_all_were_visible(stranger)):
        with pytest.raises(NotFound):
            await operations.accept_milestone(conn, actor, milestones(deal)[0], certificate())


async def test_who_holds_a_role_at_the_provider_does_not_accept(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.deliver(conn, deal)
    await world.also(conn, deal.cast.buyer, deal.cast.unit, Role.MEMBER)
    with pytest.raises(BothSides):
        await operations.accept_milestone(conn, deal.cast.buyer, milestones(deal)[0], certificate())


async def test_who_started_another_milestone_does_not_accept_after_he_has_changed_sides(
    conn: Connection,
) -> None:
    deal = await contracts_world.signed(conn)
    member = deal.cast.member
    await operations.start_milestone(conn, member, milestones(deal)[1])
    await performance.deliver(conn, deal)
    moved = await world.also(conn, member, deal.cast.enterprise, Role.BUYER)
    await world.left(conn, member)
    with pytest.raises(WorkedForProvider):
        await operations.accept_milestone(conn, moved, milestones(deal)[0], certificate())


async def test_who_delivered_a_round_does_not_accept_after_he_has_changed_sides(
    conn: Connection,
) -> None:
    deal = await one_milestone(conn)
    member = deal.cast.member
    await performance.start(conn, deal)
    given = await performance.delivery(conn, deal)
    await operations.deliver_milestone(conn, member, milestones(deal)[0], given)
    moved = await world.also(conn, member, deal.cast.enterprise, Role.BUYER)
    await world.left(conn, member)
    with pytest.raises(WorkedForProvider):
        await operations.accept_milestone(conn, moved, milestones(deal)[0], certificate())


async def test_who_drafted_does_not_accept_after_he_has_changed_sides(conn: Connection) -> None:
    deal = await contracts_world.drafted(conn)
    drafter = deal.cast.member
    contract_id = deal.contract.id
    edit = TermsEdit(place="乙方车间")
    await drafting.edit_terms(conn, drafter, contract_id, edit, deal.contract.version)
    contract = await signing.submit_contract(conn, deal.cast.clerk, contract_id)
    deal = msgspec.structs.replace(deal, contract=contract)
    deal = await contracts_world.reviewed(conn, deal, *contracts_world.STAGES)
    deal = await contracts_world.sign(conn, deal, "provider")
    deal = await contracts_world.sign(conn, deal, "buyer")
    await performance.deliver(conn, deal)
    moved = await world.also(conn, drafter, deal.cast.enterprise, Role.BUYER)
    await world.left(conn, drafter)
    with pytest.raises(WorkedForProvider):
        await operations.accept_milestone(conn, moved, milestones(deal)[0], certificate())


async def test_what_is_not_delivered_is_not_accepted(conn: Connection) -> None:
    deal = await one_milestone(conn)
    with pytest.raises(WrongMove):
        await operations.accept_milestone(conn, deal.cast.buyer, milestones(deal)[0], certificate())


async def test_accepting_again_gives_the_same_certificate(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    accepted = await performance.accept(conn, deal)
    again = await operations.accept_milestone(
        conn, deal.cast.buyer, milestones(deal)[0], certificate(), expected_version=1
    )
    assert again == accepted


async def test_a_rivals_acceptance_loses(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.accept(conn, deal)
    rival = await world.person(conn, deal.cast.enterprise, Role.BUYER)
    with pytest.raises(WrongMove):
        await operations.accept_milestone(conn, rival, milestones(deal)[0], certificate())


async def test_a_completed_contract_takes_no_second_certificate(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.accept(conn, deal, result="合格")
    with pytest.raises(ContractNotActive):
        await operations.accept_milestone(conn, deal.cast.buyer, milestones(deal)[0], certificate())


async def test_a_stale_version_is_refused(conn: Connection) -> None:
    deal = await one_milestone(conn)
    delivered = await performance.deliver(conn, deal)
    with pytest.raises(Stale):
        await operations.accept_milestone(
            conn,
            deal.cast.buyer,
            milestones(deal)[0],
            certificate(),
            expected_version=delivered.version - 1,
        )


async def test_the_inspectors_files_are_on_the_certificate_and_the_provider_reads_them(
    conn: Connection,
) -> None:
    deal = await one_milestone(conn)
    photo = await performance.evidence(conn, deal.cast.buyer, "验收记录.pdf")
    await performance.accept(conn, deal, files=[photo])
    async with db.look(conn, deal.cast.clerk):
        seen = await queries.find_performance(conn, deal.cast.clerk, milestones(deal)[0])
    assert seen.certificate is not None
    assert [file.id for file in seen.certificate.files] == [photo]


async def test_the_books_read_the_evidence_wherever_the_unit_goes(conn: Connection) -> None:
    books = await world.unit(conn)
    unit = await world.unit(conn, parent=books, legal_person=False)
    people = msgspec.structs.replace(
        await contracts_world.cast(conn, unit=unit),
        unit_signatory=await contracts_world.signatory(conn, books),
    )
    deal = await contracts_world.signed(conn, people, price_minor=10_600_00)
    photo = await performance.evidence(conn, deal.cast.buyer, "验收记录.pdf")
    await performance.accept(conn, deal, files=[photo])
    finance = await world.person(conn, books, Role.FINANCE)
    await world.moved(conn, unit)
    async with db.look(conn, await world.again(conn, finance)):
        assert await conn.fetchval("SELECT count(*) FROM file WHERE id = $1", photo) == 1


async def test_a_certificate_cites_no_file_that_its_maker_cannot_read(conn: Connection) -> None:
    deal = await one_milestone(conn)
    await performance.deliver(conn, deal)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    foreign = await performance.evidence(conn, stranger)
    with pytest.raises(UnknownEvidence):
        await operations.accept_milestone(
            conn,
            deal.cast.buyer,
            milestones(deal)[0],
            certificate(files=[foreign]),
        )
