"""What one person proposes and another decides: four eyes, once, and the same answer again.

Who proposes the same again, for the same reason (``asks_again``), gets what waits.
Every decision asks in this order: may he decide, is he another (``require_other``), has he decided
so already (``is_repeat``: then he gets what he decided, whatever has become of him since), does he
stand on one side only, and last what it leads to (``decided``).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from market.base.access import Actor, BeneficiaryCannotApprove, MakerCannotApprove, require
from market.base.errors import Forbidden, require_version
from market.base.fields import Input, Reason

State = TypeVar("State", bound=StrEnum, covariant=True)


class Rejecting(Input, frozen=True):
    """Why it stays as it is."""

    note: Reason


class Proposed(Protocol):
    """What of a proposal its decision asks."""

    @property
    def state(self) -> StrEnum: ...
    @property
    def proposed_by(self) -> UUID: ...
    @property
    def decided_by(self) -> UUID | None: ...
    @property
    def version(self) -> int: ...


class Moving(Proposed, Protocol[State]):
    """One that knows its moves itself."""

    def after(self, move: str) -> State: ...


def require_other(
    actor: Actor,
    proposal: Proposed,
    own: type[Forbidden] = MakerCannotApprove,
    *,
    beneficiaries: Collection[UUID] = (),
) -> None:
    """Refuse the maker, by the room's own words, and whoever gains by it."""
    require(actor.person_id != proposal.proposed_by, own)
    require(actor.person_id not in beneficiaries, BeneficiaryCannotApprove)


def asks_again(actor: Actor, waiting: Proposed, **said: object) -> bool:
    """Whether he proposes what he has proposed, in the same words: a leader reads those."""
    same = all(getattr(waiting, name) == given for name, given in said.items())
    return same and waiting.proposed_by == actor.person_id


def is_repeat(actor: Actor, proposal: Proposed, state: StrEnum) -> bool:
    """Whether he asks again for what he has decided."""
    return proposal.state == state and proposal.decided_by == actor.person_id


def decided(proposal: Moving[State], move: str, expected_version: int | None) -> State:
    """Where the decision leads. Raises Stale, WrongMove."""
    require_version(proposal.version, expected_version)
    return proposal.after(move)
