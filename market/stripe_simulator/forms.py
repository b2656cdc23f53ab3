"""Parameters as Stripe takes them: forms whose names are paths, `metadata[order]=7`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from market.stripe_simulator import errors

Value: TypeAlias = "str | dict[str, Value]"

# Stripe refuses larger amounts, whatever the currency.
GREATEST_AMOUNT: Final = 99_999_999
_STEP: Final = re.compile(r"\[([^\[\]]*)\]")
_INTEGER: Final = re.compile(r"-?\d{1,15}\Z")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """The tree that a form's names spell; `a[]=x` counts its items as `a[0]=x` does."""
    tree: dict[str, Value] = {}
    for name, value in pairs:
        head, _, _ = name.partition("[")
        place, *steps = head, *_STEP.findall(name)
        branch = tree
        for step in steps:
            below = branch.setdefault(place, {})
            if not isinstance(below, dict):
                raise errors.invalid(name, f"Invalid object: {name} is named twice")
            branch, place = below, step or str(len(below))
        branch[place] = value
    return tree


class Params:
    """One request's parameters, read by kind. What nobody may send is refused at once."""

    def __init__(self, tree: dict[str, Value], accepts: frozenset[str], path: str = "") -> None:
        self.tree = tree
        self.path = path
        for name in tree:
            if name not in accepts:
                raise errors.unknown(self.named(name))

    def named(self, name: str) -> str:
        return f"{self.path}[{name}]" if self.path else name

    def text(self, name: str) -> str | None:
        """A text; the empty one, with which Stripe unsets a value, is none."""
        value = self.tree.get(name)
        if isinstance(value, dict):
            raise errors.invalid(self.named(name), f"Invalid string: {self.named(name)}")
        return value or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise errors.missing(self.named(name))
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is not None and not _INTEGER.match(value):
            raise errors.invalid(
                self.named(name), f"Invalid integer: {value}", "parameter_invalid_integer"
            )
        return None if value is None else int(value)

    def amount(self, name: str) -> int | None:
        """An amount in minor units, from 1 up."""
        value = self.integer(name)
        if value is not None and value < 1:
            raise errors.invalid(
                self.named(name),
                "This value must be greater than or equal to 1.",
                "parameter_invalid_integer",
            )
        if value is not None and value > GREATEST_AMOUNT:
            raise errors.invalid(
                self.named(name), "Amount must be no more than 999,999.99", "amount_too_large"
            )
        return value

    def flag(self, name: str) -> bool:
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise errors.invalid(self.named(name), f"Invalid boolean: {value}")
        return value == "true"

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in choices:
            one_of = ", ".join(choices)
            raise errors.invalid(
                self.named(name), f"Invalid {self.named(name)}: must be one of {one_of}"
            )
        return value

    def branch(self, name: str, accepts: frozenset[str]) -> Params | None:
        """The parameters under a name."""
        value = self.tree.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise errors.invalid(self.named(name), f"Invalid object: {self.named(name)}")
        return Params(value, accepts, self.named(name))

    def texts(self, name: str) -> dict[str, str]:
        """What stands under a name as texts: `metadata`."""
        branch = self.tree.get(name) or {}
        if not isinstance(branch, dict):
            raise errors.invalid(self.named(name), f"Invalid object: {self.named(name)}")
        for key, value in branch.items():
            if not isinstance(value, str):
                raise errors.invalid(
                    f"{self.named(name)}[{key}]", "Metadata values must be strings"
                )
        return {key: value for key, value in branch.items() if isinstance(value, str)}

    def items(self, name: str) -> list[str]:
        return list(self.texts(name).values())

    def branches(self, name: str, accepts: frozenset[str]) -> list[Params]:
        """A list of objects: `line_items[0][quantity]`."""
        value = self.tree.get(name) or {}
        if not isinstance(value, dict):
            raise errors.invalid(self.named(name), f"Invalid array: {self.named(name)}")
        found = []
        for key, below in value.items():
            path = f"{self.named(name)}[{key}]"
            if not isinstance(below, dict):
                raise errors.invalid(path, f"Invalid object: {path}")
            found.append(Params(below, accepts, path))
        return found
