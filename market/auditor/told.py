"""What the sealed events told, compared with the rows that they told it of.

An event cannot be changed without breaking a seal, so a row that differs from its event was
changed behind the market's back. One line of the table here is one kind of fact: which events
tell it, of which row, and what of it. An event that does not have a field tells nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from market.auditor import told_money
from market.auditor.model import Check, Told

SYSTEM: Final = "00000000-0000-0000-0000-000000000001"
CONTRACT: Final = "r.contract_id = e.subject_id"
TOLD: Final = (
    Told(
        "role_grant",
        "role_grant.proposed role_grant.granted",
        "person_id=person organisation_id=organisation_of role=role from_on=from_on to_on=to_on",
        whole=True,
    ),
    # What an invitation promised is proposed by whoever invited, and recorded by the system.
    Told("role_grant", "role_grant.proposed", "proposed_by=actor", given=f"e.actor <> '{SYSTEM}'"),
    Told("role_grant", "role_grant.approved", "decided_by=actor", given="r.state = 'approved'"),
    Told(
        "signing_authority",
        "signing_authority.proposed",
        "person_id=person organisation_id=organisation_of proposed_by=actor",
        whole=True,
    ),
    Told(
        "signing_authority",
        "signing_authority.confirmed signing_authority.refused",
        "decided_by=actor",
    ),
    Told("renaming", "renaming.proposed", "organisation_id=organisation_of proposed_by=actor"),
    Told("renaming", "renaming.approved renaming.refused", "decided_by=actor"),
    Told("member", "member.enrolled", "unit_id=unit person_id=person"),
    Told(
        "policy",
        "policy.proposed",
        "name=name number=number unit_id=unit effective_on=effective_on body=body_sha256"
        " proposed_by=actor",
    ),
    Told("policy", "policy.approved policy.rejected", "decided_by=actor"),
    Told(
        "api_key",
        "api_key.issued",
        "person_id=actor organisation_id=organisation second_factor_id=second_factor",
    ),
    Told("second_factor", "second_factor.begun", "person_id=actor", whole=True),
    Told("second_factor", "second_factor.enabled", "person_id=actor enabled_at=time"),
    Told(
        "second_factor",
        "second_factor.shown second_factor.removed",
        "last_step=step",
        last=True,
    ),
    Told(
        "recovery_code",
        "second_factor.recovered",
        "used_at=time",
        "r.second_factor_id = e.subject_id AND r.number = (e.changed->>'number')::int",
    ),
    Told(
        "second_factor_reset",
        "second_factor_reset.proposed",
        "person_id=person organisation_id=organisation_of proposed_by=actor",
        whole=True,
    ),
    Told(
        "second_factor_reset",
        "second_factor_reset.approved second_factor_reset.refused",
        "decided_by=actor",
    ),
    Told("invitation", "invitation.accepted", "person_id=person"),
    Told(
        "verification",
        "organisation.verified organisation.refused",
        "",
        "r.organisation_id = e.subject_id AND r.decided_by = e.actor AND r.decision = e.state_to",
        whole=True,
    ),
    Told("file", "file.stored", "uploaded_by=actor organisation_id=organisation", whole=True),
    Told("proposal", "proposal.drafted", "unit_id=organisation drafted_by=actor", whole=True),
    Told(
        "counter_offer",
        "counter_offer.made",
        "made_by=actor made_at=time proposal_id=proposal_id base_number=base_number side=side",
        whole=True,
    ),
    Told(
        "counter_offer",
        "counter_offer.accepted counter_offer.refused",
        "answered_by=actor answered_at=time",
    ),
    Told(
        "contract",
        "contract.ordered",
        "ordered_by=actor buyer_id=organisation offering_id=offering_id"
        " offering_version=offering_version award_id=award_id",
    ),
    Told("contract", "contract.order_approved", "order_approved_by=actor", last=True),
    Told("contract", "contract.submitted", "submitted_by=actor review_round=round", last=True),
    Told("contract", "contract.activated", "effective_on=day"),
    Told("contract", "contract.voided", "voided_by=actor"),
    Told("contract_text", "contract.approved", "sha256=text_sha256", CONTRACT, whole=True),
    Told(
        "contract_review",
        "contract.reviewed contract.approved contract.returned",
        "reviewer_id=actor reviewed_at=time",
        CONTRACT + " AND r.round = (e.changed->>'round')::int AND r.stage = e.changed->>'stage'"
        " AND (r.verdict = 'return') = (e.move = 'return')",
        whole=True,
    ),
    Told(
        "signature",
        "contract.signed",
        "signer_id=actor organisation_id=organisation text_sha256=text_sha256 signed_at=time",
        CONTRACT + " AND r.party = e.changed->>'party'",
        whole=True,
    ),
    Told(
        "milestone", "milestone.started", "contract_id=contract_id started_by=actor started_at=time"
    ),
    Told("milestone", "milestone.accepted", "contract_id=contract_id accepted_at=time"),
    Told(
        "delivery",
        "milestone.delivered",
        "milestone_id=subject_id delivered_by=actor delivered_at=time",
        "r.id = (e.changed->>'delivery_id')::uuid",
        whole=True,
    ),
    Told(
        "delivery_return",
        "milestone.returned",
        "returned_by=actor returned_at=time",
        "r.delivery_id = (e.changed->>'delivery_id')::uuid",
        whole=True,
    ),
    Told(
        "acceptance_certificate",
        "milestone.accepted",
        "milestone_id=subject_id accepted_by=actor accepted_on=day accepted_at=time"
        " inspector=certificate_sha256 standard=certificate_sha256 result=certificate_sha256",
        "r.id = (e.changed->>'certificate_id')::uuid",
        whole=True,
    ),
    Told("evaluation", "evaluation.started", "started_by=actor started_at=time"),
    Told(
        "judge",
        "judge.appointed",
        "request_id=request_id person_id=person appointed_by=actor",
        whole=True,
    ),
    Told(
        "score",
        "score.given",
        "judge_id=judge_id proposal_id=proposal_id round=round plan=plan"
        " qualification=qualification time=time_points",
        whole=True,
        last=True,
    ),
    Told(
        "award",
        "award.proposed award.announced",
        "request_id=request_id proposal_id=proposal_id proposal_number=proposal_number"
        " price_minor=price_minor unit_id=unit_id",
        whole=True,
        last=True,
    ),
    Told("award", "award.finalised", "final_at=time"),
    Told(
        "complaint",
        "complaint.filed",
        "award_id=award_id proposal_id=proposal_id unit_id=organisation filed_by=actor"
        " filed_at=time",
        whole=True,
    ),
    Told("complaint", "complaint.upheld complaint.refused", "answered_by=actor answered_at=time"),
    Told("complaint", "complaint.escalated", "escalated_at=time"),
    Told(
        "review",
        "review.written",
        "contract_id=contract_id party=party reviewer_id=organisation written_by=actor"
        " written_at=time",
        whole=True,
    ),
    Told(
        "review",
        "review.written review.edited",
        "quality=quality punctuality=punctuality communication=communication",
        last=True,
    ),
    Told("review", "review.answered", "answered_by=actor answered_at=time"),
    Told("review", "review.hidden", "hidden_by=actor hidden_at=time"),
    Told(
        "deal",
        "deal.opened",
        "topic=topic topic_id=topic_id opened_by=actor opened_at=time",
        whole=True,
    ),
    Told(
        "deal_message",
        "deal.message_sent",
        "deal_id=subject_id number=number author_id=actor organisation_id=organisation"
        " sent_at=time",
        "r.id = (e.changed->>'message')::uuid",
        whole=True,
    ),
    Told("ip_right", "right.registered", "registered_by=actor"),
    Told(
        "offering_version",
        "offering.imported",
        "unit_id=organisation published_by=reviewer_id published_at=time",
        "r.offering_id = e.subject_id AND r.number = 1",
    ),
    *told_money.TOLD,
)

# How a hash that an event tells is made from its row.
HASHES: Final = {
    "texts_sha256": "encode(sha256(convert_to(r.texts::text, 'UTF8')), 'hex')",
    "payee_sha256": "encode(sha256(convert_to(concat_ws(E'\\n', r.id::text, r.payee_name,"
    " r.payee_bank, r.payee_account), 'UTF8')), 'hex')",
    "body_sha256": "encode(sha256(convert_to(r.body::text, 'UTF8')), 'hex')",
    "certificate_sha256": "encode(sha256(convert_to(concat_ws(E'\\n', r.id::text, r.inspector,"
    " r.standard, r.result), 'UTF8')), 'hex')",
}
DAY: Final = "AT TIME ZONE 'Asia/Shanghai')::date"


def columns_of(told: Told) -> Iterator[tuple[str, str]]:
    for pair in told.columns.split():
        column, _, source = pair.partition("=")
        yield column, source


def _differs(column: str, source: str) -> str:
    """The condition under which the row says something else than its event."""
    if source == "time":
        return f"r.{column} NOT BETWEEN e.at - interval '5 minutes' AND e.at"
    if source == "day":
        return (
            f"coalesce(r.{column} NOT BETWEEN ((e.at - interval '5 minutes') {DAY}"
            f" AND (e.at {DAY}, true)"
        )
    if source in ("actor", "organisation", "subject_id"):
        return f"r.{column} IS DISTINCT FROM e.{source}"
    field = source.removesuffix("_of") if source == "organisation_of" else source
    kept = HASHES.get(source, f"r.{column}::text")
    if source == "text_sha256":
        kept = f"encode(r.{column}, 'hex')"
    return f"e.changed ? '{field}' AND {kept} IS DISTINCT FROM e.changed->>'{field}'"


def _check(told: Told) -> Check:
    differs = {column: _differs(column, source) for column, source in columns_of(told)}
    said = "".join(f", CASE WHEN {one} THEN '{column}' END" for column, one in differs.items())
    wrong = "".join(f" OR ({one})" for one in differs.values())
    names = ", ".join(f"'{name}'" for name in told.events.split())
    only = "DISTINCT ON (subject_id)" if told.last else ""
    order = "ORDER BY subject_id, version DESC, id DESC" if told.last else ""
    return Check(
        "I9",
        f"{told.table} 的行与封存事件所述一致（{told.events}）",
        f"a row of {told.table} says what {told.events} told of it",
        f"""SELECT '{told.table}', coalesce(r.id, e.subject_id)::text,
                   CASE WHEN r.id IS NULL THEN 'is missing, event ' || e.id || ' tells of it'
                        WHEN e.id IS NULL THEN 'no event tells of it'
                        ELSE 'differs from event ' || e.id || ': ' || concat_ws(', '{said}, '')
                   END
            FROM (SELECT {only} id, at, actor, organisation, subject_id, move, state_to, changed
                  FROM event WHERE name IN ({names}) {order}) AS e
            {"FULL" if told.whole else "LEFT"} JOIN {told.table} r ON {told.on}
            WHERE r.id IS NULL OR e.id IS NULL OR ({told.given} AND (false{wrong}))""",
    )


CHECKS: Final = tuple(_check(told) for told in TOLD)
