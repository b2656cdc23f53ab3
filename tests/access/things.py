"""What the rooms' things are made on, and where their ids are kept."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from market.identity.organisations.model import Organisation
from tests.world.contracts import Cast


class Ground(msgspec.Struct, frozen=True):
    """The organisations that do business, and the people who made everything there is."""

    unit: Organisation
    above: Organisation
    enterprise: Organisation
    cast: Cast


PDF: Final = ("papers.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")


class Things(msgspec.Struct, frozen=True):
    """Ids, texts and days by name, the versions of rows, and files to send."""

    ids: dict[str, Any] = msgspec.field(default_factory=dict)
    versions: dict[str, int] = msgspec.field(default_factory=lambda: {"one": 1})

    files: dict[str, tuple[str, bytes]] = msgspec.field(default_factory=lambda: {"papers": PDF})

    def keep(self, name: str, thing: msgspec.Struct) -> None:
        """A row: its id, and its version when it has one."""
        self.ids[name] = thing.id  # type: ignore[attr-defined]
        version = getattr(thing, "version", None)
        if isinstance(version, int):
            self.versions[name] = version
