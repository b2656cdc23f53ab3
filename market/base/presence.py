"""Which routes want a person who is present, so that no key approves or signs in his name.

An approval is four eyes only if there are eyes: a key does what its maker set it to do, long after
he looked. The verb of an operation's id decides, so that the next approval is in without being
named; what has another verb is named here, and what has such a verb but is everyday work, too.
"""

from __future__ import annotations

from functools import cache
from typing import Final

VERBS: Final = frozenset(
    {"approve", "confirm", "reject", "refuse", "review", "sign", "verify", "score"}
)
# What somebody else does besides the one who proposed, what a person answers for with his name, and
# what is his own affair: his consents, his password and second factor.
BESIDES: Final = frozenset(
    {
        "accept_counter_offer",
        "accept_milestone",
        "agree_to_be_shown",
        "answer_complaint",
        "award_directly",
        "award_request",
        "change_password",
        "consent_to_transfer",
        "declare_interest",
        "erase_person",
        "erase_own_person",
        "fail_refund",
        "give_consents",
        "grant_role",
        "hide_review",
        "invite_colleague",
        "issue_api_key",
        "propose_policy",
        "propose_renaming",
        "propose_second_factor_reset",
        "propose_signing_authority",
        "remove_second_factor",
        "resend_invitation",
        "revoke_invitation",
        "revoke_other_sessions",
        "revoke_role_grant",
        "revoke_signing_authority",
        "set_aside_award",
        "set_up_second_factor",
        "show_second_factor",
        "submit_chargeback_evidence",
        "undo_credit_use",
        "undo_match",
        "withdraw_consent",
        "withdraw_from_the_public",
        "withdraw_role_grant",
    }
)
# A refusal in trade decides on nothing that a colleague proposed.
EVERYDAY: Final = frozenset({"refuse_counter_offer", "sign_in", "sign_out"})


@cache
def is_for_people(operation_id: str) -> bool:
    """Whether a key is refused there, before anything is looked at."""
    verb = operation_id.partition("_")[0]
    return operation_id in BESIDES or (verb in VERBS and operation_id not in EVERYDAY)
