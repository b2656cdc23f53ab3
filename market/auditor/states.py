"""Every row that has a state stands where its last move led, and every move is a legal one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from market.auditor.model import Check


class Stateful(NamedTuple):
    """A subject of the event log and the column where its present state stands.

    ``before`` holds for rows whose first move is not taken yet, or which came with a migration:
    the log knows nothing of them.
    """

    subject: str
    table: str
    column: str = "state"
    before: str = "false"


SYSTEM: Final = "00000000-0000-0000-0000-000000000001"
STATEFUL: Final = (
    Stateful("organisation", "organisation"),
    Stateful("person", "person", before=f"r.id = '{SYSTEM}'"),
    Stateful("role_grant", "role_grant"),
    Stateful("signing_authority", "signing_authority"),
    Stateful("renaming", "renaming"),
    Stateful("second_factor", "second_factor"),
    Stateful("second_factor_reset", "second_factor_reset"),
    Stateful("member", "member"),
    Stateful("invitation", "invitation"),
    Stateful("api_key", "api_key"),
    Stateful("policy", "policy", before=f"r.proposed_by = '{SYSTEM}' AND r.number <= 2"),
    Stateful("opening_balance", "opening_balance"),
    Stateful("right", "ip_right"),
    Stateful("offering", "offering"),
    Stateful("offering_revision", "offering", "revision_state", "r.revision_state IS NULL"),
    Stateful("enterprise_request", "enterprise_request"),
    Stateful("proposal", "proposal"),
    Stateful("counter_offer", "counter_offer"),
    Stateful("contract", "contract"),
    Stateful("milestone", "milestone", before="r.state = 'planned'"),
    Stateful("evaluation", "evaluation"),
    Stateful("judge", "judge"),
    Stateful("award", "award"),
    Stateful("complaint", "complaint"),
    Stateful("review", "review"),
    Stateful("bank_account", "bank_account"),
    Stateful("bank_line", "bank_line"),
    Stateful("statement", "statement", before="r.state = 'imported'"),
    Stateful("statement_retraction", "statement_retraction"),
    Stateful("invoice", "invoice"),
    Stateful("void_proposal", "void_proposal"),
    Stateful("credit_note", "credit_note"),
    Stateful("write_off", "write_off"),
    Stateful("fapiao", "fapiao"),
    Stateful("red_fapiao", "red_fapiao"),
    Stateful("match", "match"),
    Stateful("credit_use", "credit_use"),
    Stateful("online_payment", "online_payment"),
    Stateful("chargeback", "chargeback"),
    Stateful("chargeback_evidence", "chargeback_evidence"),
    Stateful("chargeback_write_off", "chargeback_write_off"),
    Stateful("payout", "payout"),
    Stateful("stripe_explanation", "stripe_explanation"),
    Stateful("stripe_explanation_undo", "stripe_explanation_undo"),
    Stateful("refund", "refund"),
)


def _checks() -> Iterator[Check]:
    for place in STATEFUL:
        yield Check(
            "I9",
            f"当前状态就是最后一步到达的状态（{place.table}）",
            f"the present state of a {place.subject} is the one that its last move led to",
            f"""WITH last AS (
                    SELECT DISTINCT ON (e.subject_id) e.subject_id AS id, e.state_to AS state
                    FROM event e WHERE e.subject = '{place.subject}' AND e.move IS NOT NULL
                    ORDER BY e.subject_id, e.version DESC, e.id DESC)
                SELECT '{place.table}', coalesce(r.id, l.id)::text,
                       coalesce('is ' || r.{place.column}, 'is missing')
                       || ', its last move led to ' || coalesce(l.state, 'nothing')
                FROM {place.table} r FULL JOIN last l ON l.id = r.id
                WHERE r.{place.column} IS DISTINCT FROM l.state
                  AND NOT (l.id IS NULL AND ({place.before}))""",
        )


LEGAL: Final = (
    Check(
        "I9",
        "每一步状态变化都合法",
        "every move is legal",
        """SELECT 'event', e.id::text, e.name || ': ' || e.move || ' from '
                  || coalesce(e.state_from, 'nothing') || ' to ' || e.state_to
           FROM event e WHERE e.move IS NOT NULL AND NOT EXISTS (
               SELECT FROM legal_move m WHERE m.subject = e.subject AND m.move = e.move
                 AND m.state_from IS NOT DISTINCT FROM e.state_from
                 AND m.state_to = e.state_to)""",
    ),
    Check(
        "I9",
        "每一步都从上一步停下的地方开始",
        "every move begins where the one before it ended; a milestone is born planned, and the log"
        " of early statements begins when they are imported",
        """SELECT 'event', v.id::text, v.name || ' begins in ' || coalesce(v.state_from, 'nothing')
                  || ', the one before ended in ' || coalesce(v.before, 'nothing')
           FROM (SELECT e.id, e.name, e.state_from,
                        lag(e.state_to, 1, CASE
                            WHEN e.subject = 'milestone' THEN 'planned'
                            WHEN (e.subject, e.move) = ('statement', 'retract') THEN 'imported' END)
                            OVER (PARTITION BY e.subject, e.subject_id
                                  ORDER BY e.version, e.id) AS before
                 FROM event e WHERE e.move IS NOT NULL) AS v
           WHERE v.state_from IS DISTINCT FROM v.before""",
    ),
    Check(
        "I9",
        "每个事件、每张凭证都有办理人",
        "every event and every posting has an actor who is known",
        """SELECT 'event', e.id::text, e.name || ' by ' || e.actor
           FROM event e LEFT JOIN person p ON p.id = e.actor WHERE p.id IS NULL
           UNION ALL
           SELECT 'posting', q.id::text, q.cause || ' by ' || q.actor
           FROM posting q LEFT JOIN person p ON p.id = q.actor WHERE p.id IS NULL""",
    ),
)

CHECKS: Final = (*LEGAL, *_checks())
