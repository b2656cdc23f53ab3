"""What the auditor looks for and what it finds."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Check(NamedTuple):
    """One invariant's statement: its rows are faults, as (table, id, what was found).

    ``invariant`` is the number in the list of invariants; ``zh`` and ``en`` say what must hold.
    """

    invariant: str
    zh: str
    en: str
    sql: str


class Told(NamedTuple):
    """``columns`` says column=source: a field of ``changed``, or one of these words.

    ``actor`` and ``organisation`` of the event; ``day`` and ``time``: when it was recorded, which
    is at most five minutes after the row was written. ``on`` finds the row ``r`` of the event
    ``e``. ``whole``: every row has such an event, else it appeared from nowhere. ``last``: only the
    last of these events still holds. ``given`` says of which rows it holds.
    """

    table: str
    events: str
    columns: str
    on: str = "r.id = e.subject_id"
    whole: bool = False
    last: bool = False
    given: str = "true"


class Fault(msgspec.Struct, frozen=True):
    """One row that breaks an invariant."""

    invariant: str
    table: str
    id: str
    found: str
    zh: str
    en: str


class Report(msgspec.Struct, frozen=True):
    """The whole result; ``unsealed`` rows are younger than the last seal, which is no fault."""

    checks: int
    faults: list[Fault]
    unsealed: int
    head: str | None
