"""The layouts of the large banks' exports, as publicly known; a table is seeded from them."""

from __future__ import annotations

from importlib import resources

import msgspec

from market.money.statements.formats.model import Mapping


def shipped() -> list[Mapping]:
    """The mappings that come with the market, particular banks before the general ones."""
    content = resources.files(__package__).joinpath("mappings.json").read_bytes()
    return msgspec.json.decode(content, type=list[Mapping])
