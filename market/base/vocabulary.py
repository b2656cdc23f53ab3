"""What the names of the API mean, in both languages: ``vocabulary.json`` beside wings and rooms.

A word means one thing, wherever it stands: the key is the name of a field, path or query parameter.
Where it means something else, the key says where, before a dot: the schema, the operation's id, or
``query`` and ``path`` for all parameters there; several of them apart by spaces. What stands there
goes before what is true everywhere. A schema's own name is a key as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

Object: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).parents[1]


def explain(schemas: Object, operations: Iterable[Object]) -> None:
    """Describe each schema, field and parameter that has a word here."""
    for name, shape in schemas.items():
        _describe(shape, name)
        _describe_fields(shape, name)
    for operation in operations:
        own = operation["operationId"]
        for parameter in operation["parameters"]:
            if "name" in parameter:
                name = parameter["name"]
                _describe(parameter, f"{own}.{name}", f"{parameter['in']}.{name}", name)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            _describe_fields(media["schema"], own)


def _describe_fields(shape: Object, holder: str) -> None:
    for name, field in shape.get("properties", {}).items():
        _describe(field, f"{holder}.{name}", name)


def _describe(part: Object, *keys: str) -> None:
    """By the first of the keys that has a meaning."""
    known = meanings()
    found = next((known[key] for key in keys if key in known), None)
    if found is not None:
        part["description"] = found


@cache
def meanings() -> Mapping[str, str]:
    """Chinese first, then English, by a key for each place."""
    return {
        key: f"{zh}{en}"
        for place in places()
        for written, (zh, en) in read(place).items()
        for key in keys_of(written)
    }


def places() -> list[Path]:
    """Looked for when they are needed: a start does without."""
    return sorted(ROOT.rglob("vocabulary.json"))


def read(place: Path) -> dict[str, tuple[str, str]]:
    """One wing's words, as they are written."""
    return msgspec.json.decode(place.read_bytes(), type=dict[str, tuple[str, str]])


def keys_of(written: str) -> Iterator[str]:
    """``A B.name`` is ``A.name`` and ``B.name``."""
    holders, dot, name = written.rpartition(".")
    yield from (f"{holder}.{name}" for holder in holders.split()) if dot else (name,)
