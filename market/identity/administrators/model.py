"""What the command needs to know."""

from __future__ import annotations

import msgspec

from market.base.errors import Language
from market.base.fields import Email, Input, Line
from market.identity.organisations.model import Organisation
from market.identity.people.model import Person
from market.identity.units.model import NewRoot


class NewAdministrator(Input, frozen=True, kw_only=True):
    """``root``: the unit at the top, founded together with the very first administrator."""

    name: Line
    email: Email
    language: Language = "zh-CN"
    root: NewRoot = NewRoot(name_zh="市总工会", name_en="Municipal Trade Union", region="510100")


class Administrator(msgspec.Struct, frozen=True):
    """An administrator and the unit at the top of the tree, which he administers."""

    person: Person
    root: Organisation
    administrators_count: int
