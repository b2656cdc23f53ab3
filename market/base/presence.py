"""Which routes want a person who is present, so that no key approves or signs in his name.

An approval is four eyes only if there are eyes: a key does what its maker set it to do, long after
he looked. The verb of an operation's id decides, so that a new approval is in without being named;
what has such a verb and is everyday work is named here, and so is an approval with another verb.
Acts on roles, policies, people and keys ask for presence in their own operations as well.
"""

from __future__ import annotations

from functools import cache
from typing import Final

VERBS: Final = frozenset({"approve", "confirm", "reject", "refuse", "review", "sign"})
# What somebody else does besides the one who proposed, or judges by himself, under another verb.
BESIDES: Final = frozenset(
    {"answer_complaint", "set_aside_award", "undo_match", "score_proposal", "declare_interest"}
)
# A refusal in trade or at the counter decides on nothing that a colleague proposed.
EVERYDAY: Final = frozenset({"refuse_counter_offer", "refuse_enterprise", "sign_in", "sign_out"})


@cache
def is_for_people(operation_id: str) -> bool:
    """Whether a key is refused there, before anything is looked at."""
    verb = operation_id.partition("_")[0]
    return operation_id in BESIDES or (verb in VERBS and operation_id not in EVERYDAY)
