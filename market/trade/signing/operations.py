"""What is done with drafted terms: submit, review, approve, sign, put in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from market.base import amounts, clock, db, events, files, policies, words, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import Phrase, listed, require_version
from market.identity.organisations import queries as organisations
from market.identity.organisations.letterhead import letterhead_of
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.trade.catalogue import queries as catalogue
from market.trade.contracts import figures as reckoning
from market.trade.contracts import model as contracts_model
from market.trade.contracts import operations as contracts
from market.trade.contracts import queries as contract_queries
from market.trade.contracts.model import (
    NUMBER_KIND,
    Contract,
    ContractState,
    FullContract,
    Milestone,
    Party,
    Review,
    Stage,
)
from market.trade.contracts.planned import require_within_term
from market.trade.contracts.terms import check, terms_of
from market.trade.signing import model, queries, wording
from market.trade.signing.model import Authority, ReviewInput, SignatureInput, Text
from market.trade.signing.wording import Facts, PartyFacts, RightFacts

# What a draft needs before it is reviewed, as people call it.
NEEDED: Final = {
    "acceptance_standard": Phrase("验收标准", "acceptance standard"),
    "rights_clause": Phrase("权利条款", "rights clause"),
    "secrecy_clause": Phrase("保密条款", "secrecy clause"),
    "place": Phrase("履行地点", "place of performance"),
    "milestones": Phrase("里程碑", "milestones"),
}
TOTAL: Final = Phrase("总额", "total")
INSTALMENTS: Final = Phrase("分期款", "instalments")


async def submit_contract(
    conn: Connection, actor: Actor, contract_id: UUID, *, expected_version: int | None = None
) -> FullContract:
    """The unit hands a complete draft to its reviewers; a new round begins.

    Raises NotFound to a stranger, NotADrafter, BothSides, WrongMove, NotComplete, OrderNotApproved,
    Stale, and what ``terms.check`` and ``planned.require_within_term`` refuse.
    """
    async with db.act(conn, actor):
        contract = await contract_queries.lock_contract(conn, actor, contract_id)
        require(contracts_model.may_draft(actor, contract), contracts_model.NotADrafter)
        if contract.submitted_by == actor.person_id and (
            contract.state == ContractState.TECH_REVIEW
        ):
            return await contract_queries.in_full(conn, contract)
        await contracts.require_one_side(conn, actor, contract)
        to = contract.after("submit")
        require_version(contract.version, expected_version)
        await _require_ready(conn, await contract_queries.in_full(conn, contract))
        await contract_queries.note_drafter(conn, contract.id, actor.person_id)
        submitted = await queries.submit_contract(
            conn, contract, to=to, submitted_by=actor.person_id
        )
        await events.record(
            conn,
            actor,
            "contract.submitted",
            about=submitted,
            move=("submit", contract.state),
            changed={"round": submitted.review_round},
        )
        return await contract_queries.in_full(conn, submitted)


async def _require_ready(conn: Connection, contract: FullContract) -> None:
    missing = [words for field, words in NEEDED.items() if not getattr(contract, field)]
    if not contract.free:
        missing += [] if contract.total_minor else [TOTAL]
        missing += [] if contract.instalments else [INSTALMENTS]
    require(not missing, model.NotComplete(missing=listed(missing)))
    terms = terms_of(contract)
    check(contract, terms)
    today = await clock.today(conn)
    calendar = await working_days.calendar(conn, on=today)
    term = calendar.due(today, terms.term_days, terms.term_unit).day
    require_within_term(terms.milestones, calendar, today, term)
    total = amounts.printed(contract.total_minor, contract.currency)
    require(not await contracts.needs_approval(conn, contract), model.OrderNotApproved(total=total))


async def review_contract(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    stage: Stage,
    given: ReviewInput,
    *,
    expected_version: int | None = None,
) -> FullContract:
    """One of three people passes the draft on, or returns it to drafting with reasons.

    The leader's pass gives the number and fixes the text. Raises NotFound to a stranger,
    NotTheReviewer, BothSides, WrongMove, Stale, SameReviewer, ReasonsMissing.
    """
    async with db.act(conn, actor):
        contract = await contract_queries.lock_contract(conn, actor, contract_id)
        require(
            model.may_review(actor, contract, stage),
            model.NotTheReviewer(role=words.role(model.ROLE_OF[stage])),
        )
        reviews = await _reviews_of_round(conn, contract)
        if _has_said(reviews, actor, stage, given):
            return await contract_queries.in_full(conn, contract)
        await contracts.require_one_side(conn, actor, contract)
        passed_to = contract.after(model.MOVE_OF[stage])
        require_version(contract.version, expected_version)
        require(
            all(review.reviewer_id != actor.person_id for review in reviews)
            and not await contract_queries.is_drafter(conn, contract.id, actor.person_id),
            model.SameReviewer,
        )
        require(
            given.verdict == "pass" or given.reasons is not None,
            model.ReasonsMissing(pointer="/reasons"),
        )
        await queries.insert_review(conn, contract, stage, actor.person_id, given)
        reviewed = await _carry_out(conn, actor, contract, stage, given, passed_to)
        return await contract_queries.in_full(conn, reviewed)


async def _reviews_of_round(conn: Connection, contract: Contract) -> list[Review]:
    reviews = await contract_queries.reviews_of(conn, contract.id)
    return [review for review in reviews if review.round == contract.review_round]


def _has_said(reviews: list[Review], actor: Actor, stage: Stage, given: ReviewInput) -> bool:
    return any(
        (review.stage, review.reviewer_id, review.verdict, review.reasons)
        == (stage, actor.person_id, given.verdict, given.reasons)
        for review in reviews
    )


async def _carry_out(
    conn: Connection,
    actor: Actor,
    contract: Contract,
    stage: Stage,
    given: ReviewInput,
    passed_to: ContractState,
) -> Contract:
    move = "return" if given.verdict == "return" else model.MOVE_OF[stage]
    changed: dict[str, Any] = {"stage": stage, "round": contract.review_round}
    if move == "approve":
        name = "contract.approved"
        moved, changed["text_sha256"] = await _approve(conn, contract, passed_to)
    else:
        to = contract.after("return") if move == "return" else passed_to
        name = "contract.returned" if move == "return" else "contract.reviewed"
        moved = await contract_queries.move_contract(conn, contract, to=to)
    await events.record(
        conn,
        actor,
        name,
        about=moved,
        move=(move, contract.state),
        changed=changed,
    )
    return moved


async def _approve(conn: Connection, contract: Contract, to: ContractState) -> tuple[Contract, str]:
    """Fix figures, number and text, in this order: the text states the other two.

    With the contract comes the hash of its text, which the event keeps under seal.
    """
    today = await clock.today(conn)
    terms = terms_of(await contract_queries.in_full(conn, contract))
    rate = await reckoning.rate_of(conn, contract.books_unit_id, terms, today=today)
    figures = reckoning.reckon(terms, contract.commission_ppm, rate)
    await queries.fix_parts(conn, contract.id, figures)
    number = await _next_number(conn, contract, today)
    approved = await queries.approve_contract(conn, contract, to=to, number=number, figures=figures)
    frame, body = await _templates_of(conn, approved)
    facts = await _facts_of(conn, approved)
    sha256 = await queries.insert_text(
        conn, contract.id, body.id, frame.id, wording.render(frame.body, body.body, facts)
    )
    return approved, sha256


async def _next_number(conn: Connection, contract: Contract, today: date) -> str:
    prefix = await queries.number_prefix_of(conn, contract.books_unit_id)
    kind = NUMBER_KIND[contract.kind]
    number = await queries.next_number(conn, f"contract:{prefix}:{today.year}:{kind}")
    return f"{prefix}-{today.year}-{kind}-{number:04d}"


async def _templates_of(
    conn: Connection, contract: Contract
) -> tuple[model.Template, model.Template]:
    name = contract.sub_class or contract.statutory_class
    frame = await queries.template(conn, "frame", wording.LANGUAGE)
    return frame, await queries.template(conn, name, wording.LANGUAGE)


async def _facts_of(conn: Connection, contract: Contract) -> Facts:
    """What the text states; the system reads the addresses, which each party keeps to itself."""
    offered = None
    if contract.offering_id is not None and contract.offering_version is not None:
        offered = await catalogue.version(conn, contract.offering_id, contract.offering_version)
    performer = await organisations.find_organisation(conn, SYSTEM, contract.provider_unit_id)
    right = None
    if offered and offered.right_title is not None and offered.right_kind is not None:
        kind = wording.RIGHT_KINDS[offered.right_kind]
        right = RightFacts(offered.right_title, kind, offered.right_number)
    return Facts(
        contract=await contract_queries.in_full(conn, contract),
        buyer=await _party(conn, contract.buyer_id),
        provider=await _party(conn, contract.books_unit_id),
        performer=performer.name_zh,
        right=right,
        royalty_ppm=offered.royalty_ppm if offered else None,
    )


async def _party(conn: Connection, organisation_id: UUID) -> PartyFacts:
    head = await letterhead_of(conn, organisation_id)
    return PartyFacts(head.name, head.uscc, head.address)


async def read_text(conn: Connection, actor: Actor, contract_id: UUID) -> Text:
    """The text that is signed, or the present wording of a draft. Raises NotFound to a stranger."""
    contract = await contract_queries.find_contract(conn, actor, contract_id)
    fixed = await queries.find_text(conn, contract.id)
    if fixed is not None:
        return fixed
    frame, body = await _templates_of(conn, contract)
    return Text(wording.render(frame.body, body.body, await _facts_of(conn, contract)), None)


async def sign_contract(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    party: Party,
    given: SignatureInput,
    address: str,
    *,
    expected_version: int | None = None,
) -> FullContract:
    """A party's signatory signs the hash of the text; the second signature puts it in force.

    ``address``: from where it was signed. Raises NotFound to a stranger and for a file that the
    signatory does not read, NotTheSignatory, AlreadySigned, BothSides, Stale, NoTextYet, WrongMove,
    WrongText, SignsForBoth, NoAuthority, SignedFileUnclear.
    """
    async with db.act(conn, actor):
        contract = await contract_queries.lock_contract(conn, actor, contract_id)
        require(model.may_sign(actor, contract, party), model.NotTheSignatory)
        before = await contract_queries.in_full(conn, contract)
        if _has_signed(before, actor, party, given):
            return before
        await contracts.require_one_side(conn, actor, contract)
        require_version(contract.version, expected_version)
        authority = await _require_signable(conn, actor, before, party, given)
        await _share_signed_file(conn, actor, contract, given)
        await queries.insert_signature(
            conn, actor, contract.id, party, authority.id, given, address
        )
        signed = await contract_queries.touch_contract(conn, contract.id)
        sealed = {"party": party, "text_sha256": given.text_sha256}
        await events.record(conn, actor, "contract.signed", about=signed, changed=sealed)
        if before.signatures:
            signed = await _put_in_force(conn, actor, signed, before.milestones)
        return await contract_queries.in_full(conn, signed)


def _has_signed(contract: FullContract, actor: Actor, party: Party, given: SignatureInput) -> bool:
    """Whether the actor gave this very signature before; a rival's is refused."""
    for signature in contract.signatures:
        if signature.party == party:
            is_same = (signature.signer_id, signature.text_sha256) == (
                actor.person_id,
                given.text_sha256,
            )
            require(is_same, model.AlreadySigned)
            return True
    return False


async def _require_signable(
    conn: Connection, actor: Actor, contract: FullContract, party: Party, given: SignatureInput
) -> Authority:
    require(contract.text_sha256 is not None, model.NoTextYet)
    contract.after("activate")
    require(given.text_sha256 == contract.text_sha256, model.WrongText(pointer="/text_sha256"))
    require(
        all(signature.signer_id != actor.person_id for signature in contract.signatures),
        model.SignsForBoth,
    )
    require(
        (given.method == "platform") == (given.file_id is None),
        model.SignedFileUnclear(pointer="/file_id"),
    )
    return await _authority_for(conn, actor, contract, party)


async def _authority_for(
    conn: Connection, actor: Actor, contract: Contract, party: Party
) -> Authority:
    """The widest authority that covers the contract; NoAuthority says what the others lack."""
    today = await clock.today(conn)
    held = await queries.authorities_of(
        conn, actor.person_id, model.organisation_of(contract, party)
    )
    lacks = {}
    for authority in held:
        lack = model.lack_of(authority, contract, today)
        if lack is None:
            return authority
        lacks[lack.zh] = lack.en
    raise model.NoAuthority(
        zh_missing="；".join(lacks) or "没有已确认的法定代表人身份或授权委托书",
        en_missing="; ".join(lacks.values()) or "none is confirmed for you",
    )


async def _share_signed_file(
    conn: Connection, actor: Actor, contract: Contract, given: SignatureInput
) -> None:
    if given.file_id is None:
        return
    file = await files.find(conn, actor, given.file_id)
    readers = {contract.buyer_id, contract.provider_unit_id, contract.books_unit_id}
    await files.share(conn, file.id, readers)


async def _put_in_force(
    conn: Connection, actor: Actor, contract: Contract, milestones: Sequence[Milestone]
) -> Contract:
    """The term, and milestones that are due in days, begin on the day after the last signature."""
    today = await clock.today(conn)
    calendar = await working_days.calendar(conn, on=today)
    active = await queries.activate_contract(
        conn,
        contract,
        to=contract.after("activate"),
        on=today,
        term=calendar.due(today, contract.term_days, contract.term_unit),
    )
    await queries.set_due(
        conn,
        {
            milestone.id: calendar.due(today, milestone.due_days, milestone.due_unit)
            for milestone in milestones
            if milestone.due_days is not None and milestone.due_unit is not None
        },
    )
    await ledger.post(conn, await _stamp_duty(conn, active, today))
    await events.record(
        conn, actor, "contract.activated", about=active, move=("activate", contract.state)
    )
    return active


async def _stamp_duty(conn: Connection, contract: Contract, today: date) -> Posting:
    """On the whole price without VAT, at its signing; a free contract owes none."""
    policy = await policies.current(conn, "stamp_duty", on=today, unit_id=contract.books_unit_id)
    duty = amounts.share(contract.total_minor - contract.vat_minor, policy.body["rate_ppm"])
    return Posting(
        cause=f"contract_signed:{contract.id}",
        books=contract.books_unit_id,
        effective_on=today,
        legs=[Leg(Account("tax_expense"), Account("stamp_duty_payable"), duty, contract.currency)],
    )
