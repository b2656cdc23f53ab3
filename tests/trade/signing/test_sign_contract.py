"""Each party's signatory signs the hash; the second signature puts the contract in force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from market.base import clock, db, working_days
from market.base.access import SYSTEM, Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.identity.policies.model import Proposal
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg
from market.trade.contracts import operations as drafting
from market.trade.contracts.model import FullContract, Party
from market.trade.signing import model, operations
from market.trade.signing.model import SignatureInput
from tests.world import catalogue, contracts, identity, invoicing
from tests.world.contracts import Cast, Deal


async def sign(
    conn: Connection, actor: Actor, deal: Deal, party: Party = "buyer", **given: Any
) -> FullContract:
    usual: dict[str, Any] = {"text_sha256": deal.contract.text_sha256}
    signature = msgspec.convert(usual | given, SignatureInput)
    return await operations.sign_contract(
        conn, actor, deal.contract.id, party, signature, contracts.ADDRESS
    )


async def test_one_signature_waits_for_the_other(conn: Connection, people: Cast) -> None:
    deal = await contracts.sign(conn, await contracts.approved(conn, people), "provider")
    assert deal.contract.state == "awaiting_signatures"
    assert [signature.party for signature in deal.contract.signatures] == ["provider"]


@pytest.mark.parametrize("first", ["provider", "buyer"])
async def test_the_second_signature_puts_it_in_force(
    conn: Connection, people: Cast, first: Party
) -> None:
    second: Party = "buyer" if first == "provider" else "provider"
    deal = await contracts.approved(conn, people)
    deal = await contracts.sign(conn, await contracts.sign(conn, deal, first), second)
    contract, today = deal.contract, await clock.today(conn)
    assert contract.state == "active"
    assert contract.effective_on == today
    assert contract.term_ends_on == today + timedelta(days=contract.term_days)
    assert {signature.text_sha256 for signature in contract.signatures} == {contract.text_sha256}


async def test_milestones_in_days_are_due_so_many_after_the_last_signature(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.sign(conn, await contracts.approved(conn, people), "provider")
    named, in_days, in_working_days = deal.contract.milestones
    assert (in_days.due_on, in_working_days.due_on) == (None, None)
    deal = await contracts.sign(conn, deal, "buyer")
    today = await clock.today(conn)
    last = (await working_days.calendar(conn, on=today)).after(today, 90)
    assert [(each.due_on, each.due_provisional) for each in deal.contract.milestones] == [
        (named.due_on, False),
        (today + timedelta(days=60), False),
        (last.day, last.provisional),
    ]
    assert [each.version for each in deal.contract.milestones] == [1, 2, 2]
    for each in deal.contract.milestones:
        with pytest.raises(asyncpg.RestrictViolationError, match="the terms of contract"):
            async with db.act(conn, SYSTEM):
                await conn.execute(
                    "UPDATE milestone SET due_on = due_on + 1 WHERE id = $1", each.id
                )


async def test_a_term_in_working_days_skips_holidays_and_tells_when_it_is_provisional(
    conn: Connection,
    people: Cast,
) -> None:
    deal = await contracts.signed(
        conn, people, edit={"term_days": 500, "term_unit": "working_days"}
    )
    assert deal.contract.term_ends_on is not None
    assert deal.contract.term_ends_on > date(2026, 12, 31)
    assert deal.contract.term_provisional


async def test_stamp_duty_is_posted_on_the_whole_net_price(conn: Connection, people: Cast) -> None:
    deal = await contracts.signed(conn, people)
    async with db.look(conn, SYSTEM):
        posted = await ledger.posted(conn, f"contract_signed:{deal.contract.id}")
    assert posted.books == deal.contract.books_unit_id
    assert list(posted.legs) == [
        Leg(Account("tax_expense"), Account("stamp_duty_payable"), 24_34, "CNY")
    ]


async def test_a_unit_s_own_rate_of_stamp_duty_goes_before(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    own = Proposal(
        name="stamp_duty",
        effective_on=await clock.today(conn),
        body={"rate_ppm": 500},
        source="地方规定",
        unit_id=deal.contract.books_unit_id,
    )
    await invoicing.policy_in_force(conn, own)
    await contracts.sign(conn, await contracts.sign(conn, deal, "provider"), "buyer")
    async with db.look(conn, SYSTEM):
        posted = await ledger.posted(conn, f"contract_signed:{deal.contract.id}")
    assert [leg.amount_minor for leg in posted.legs] == [40_57]


async def test_an_exempt_transfer_owes_stamp_duty_too(conn: Connection, people: Cast) -> None:
    deal = await contracts.signed(
        conn,
        people,
        kind="transfer",
        price_minor=180_000_00,
        edit={"exemption_rule": "vat.exempt.technology_transfer"},
    )
    async with db.look(conn, SYSTEM):
        posted = await ledger.posted(conn, f"contract_signed:{deal.contract.id}")
    assert [leg.amount_minor for leg in posted.legs] == [54_00]


async def test_a_free_contract_posts_nothing(conn: Connection, people: Cast) -> None:
    deal = await contracts.signed(conn, people, price_minor=0, free_or_paid="free")
    assert deal.contract.state == "active"
    async with db.look(conn, SYSTEM):
        with pytest.raises(NotFound):
            await ledger.posted(conn, f"contract_signed:{deal.contract.id}")


async def test_another_hash_is_not_signed(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    with pytest.raises(model.WrongText):
        await sign(conn, deal.cast.buyer_signatory, deal, text_sha256="0" * 64)


async def test_there_is_nothing_to_sign_before_the_approval(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(model.NoTextYet):
        await sign(conn, deal.cast.buyer_signatory, deal, text_sha256="0" * 64)


async def test_a_void_contract_is_not_signed(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    await drafting.void_contract(conn, deal.cast.buyer, deal.contract.id, "不再需要")
    with pytest.raises(WrongMove):
        await sign(conn, deal.cast.buyer_signatory, deal)


async def test_a_party_signs_through_its_own_signatory(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    for other in (deal.cast.unit_signatory, deal.cast.buyer, deal.cast.manager):
        with pytest.raises(model.NotTheSignatory):
            await sign(conn, other, deal, "buyer")
    with pytest.raises(model.NotTheSignatory):
        await sign(conn, deal.cast.buyer_signatory, deal, "provider")


async def test_a_stranger_finds_nothing_to_sign(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    stranger = await contracts.signatory(conn, await identity.enterprise(conn))
    with pytest.raises(NotFound):
        await sign(conn, stranger, deal)


async def test_a_signatory_without_any_authority_is_told_so(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    bare = await identity.person(conn, deal.cast.enterprise, Role.SIGNATORY)
    with pytest.raises(model.NoAuthority) as refusal:
        await sign(conn, bare, deal)
    assert "没有已确认的" in refusal.value.detail("zh-CN")
    assert "none is confirmed" in refusal.value.detail("en")


@pytest.mark.parametrize(
    ("limits", "missing"),
    [
        ({"ceiling_minor": 85_999_99}, "授权限额 85,999.99 低于合同总额 86,000.00"),
        ({"kinds": ["consulting", "training"]}, "未获授权签订技术服务合同"),
        ({"from_on": date(2027, 1, 1)}, "授权不在有效期内"),
        ({"ceiling_minor": 1_000_000_00, "currency": "USD"}, "授权限额以 USD 计"),
    ],
)
async def test_an_authority_that_does_not_cover_the_contract_says_what_is_missing(
    conn: Connection, people: Cast, limits: dict[str, Any], missing: str
) -> None:
    deal = await contracts.approved(conn, people)
    limited = await contracts.signatory(conn, deal.cast.enterprise, **limits)
    with pytest.raises(model.NoAuthority) as refusal:
        await sign(conn, limited, deal)
    assert missing in refusal.value.detail("zh-CN")


async def test_a_proxy_signs_within_his_paper(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    proxy = await contracts.signatory(
        conn, deal.cast.enterprise, kinds=["service"], ceiling_minor=86_000_00
    )
    signed = await sign(conn, proxy, deal)
    assert signed.signatures[0].signer_id == proxy.person_id


async def test_of_two_authorities_the_one_that_covers_it_counts(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.approved(conn, people)
    proxy = await contracts.signatory(conn, deal.cast.enterprise, ceiling_minor=1)
    await contracts.authorise(conn, deal.cast.enterprise, proxy, ceiling_minor=90_000_00)
    assert (await sign(conn, proxy, deal)).signatures[0].signer_id == proxy.person_id


@pytest.mark.parametrize("party", ["provider", "buyer"])
async def test_who_holds_a_role_at_the_other_party_does_not_sign(
    conn: Connection, people: Cast, party: Party
) -> None:
    deal = await contracts.approved(conn, people)
    other = people.enterprise if party == "provider" else people.unit
    await identity.also(conn, people.signatory(party), other, Role.SIGNATORY)
    with pytest.raises(BothSides):
        await sign(conn, people.signatory(party), deal, party)


async def test_a_role_at_the_unit_that_keeps_the_books_is_one_at_the_provider(
    conn: Connection,
) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above, legal_person=False)
    people = await contracts.cast(conn, unit=unit)
    deal = await contracts.approved(conn, people)
    await identity.also(conn, people.buyer_signatory, above, Role.MEMBER)
    with pytest.raises(BothSides):
        await sign(conn, people.buyer_signatory, deal)


async def test_nobody_signs_for_both_even_after_he_has_changed_sides(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.sign(conn, await contracts.approved(conn, people), "provider")
    actor = await identity.also(conn, people.unit_signatory, people.enterprise, Role.SIGNATORY)
    await contracts.authorise(conn, people.enterprise, actor)
    await identity.left(conn, people.unit_signatory)
    with pytest.raises(model.SignsForBoth):
        await sign(conn, actor, deal)


async def test_a_signature_again_changes_nothing_and_a_rivals_is_refused(
    conn: Connection,
    people: Cast,
) -> None:
    deal = await contracts.signed(conn, people)
    assert await sign(conn, deal.cast.buyer_signatory, deal) == deal.contract
    rival = await contracts.signatory(conn, deal.cast.enterprise)
    with pytest.raises(model.AlreadySigned):
        await sign(conn, rival, deal)


async def test_a_sealed_scan_comes_with_its_file_which_both_parties_then_read(
    conn: Connection,
) -> None:
    books = await identity.unit(conn)
    unit = await identity.unit(conn, parent=books, legal_person=False)
    deal = await contracts.approved(conn, await contracts.cast(conn, unit=unit))
    scan = await catalogue.stored_file(conn, deal.cast.buyer_signatory)
    signed = await sign(
        conn, deal.cast.buyer_signatory, deal, method="sealed_scan", file_id=str(scan)
    )
    assert (signed.signatures[0].method, signed.signatures[0].file_id) == ("sealed_scan", scan)
    finance = await identity.person(conn, books, Role.FINANCE)
    await identity.moved(conn, unit)  # whose books it is in stays with the contract
    for reader in (deal.cast.clerk, finance):
        async with db.look(conn, await identity.again(conn, reader)):
            assert await conn.fetchval("SELECT count(*) FROM file WHERE id = $1", scan) == 1


@pytest.mark.parametrize("method", ["ca", "sealed_scan"])
async def test_a_signature_off_the_platform_needs_its_file(
    conn: Connection, people: Cast, method: str
) -> None:
    deal = await contracts.approved(conn, people)
    with pytest.raises(model.SignedFileUnclear):
        await sign(conn, deal.cast.buyer_signatory, deal, method=method)


async def test_a_file_that_the_signatory_does_not_read_is_not_found(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.approved(conn, people)
    foreign = await catalogue.stored_file(conn, deal.cast.clerk)
    with pytest.raises(NotFound):
        await sign(conn, deal.cast.buyer_signatory, deal, method="ca", file_id=str(foreign))


async def test_a_signature_honours_the_version_that_was_read(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.approved(conn, people)
    assert deal.contract.text_sha256 is not None
    with pytest.raises(Stale):
        await operations.sign_contract(
            conn,
            deal.cast.buyer_signatory,
            deal.contract.id,
            "buyer",
            SignatureInput(text_sha256=deal.contract.text_sha256),
            contracts.ADDRESS,
            expected_version=1,
        )
