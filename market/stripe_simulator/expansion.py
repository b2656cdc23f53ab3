"""What an answer shows of an object: its public fields, and in place of ids what was asked for."""

from __future__ import annotations

from typing import Any, Final

from market.stripe_simulator import errors
from market.stripe_simulator.account import Account, Object

# The kind of object that a field's id names; `source` names one of several.
KINDS: Final = {
    "balance_transaction": ("balance_transaction",),
    "charge": ("charge",),
    "customer": ("customer",),
    "failure_balance_transaction": ("balance_transaction",),
    "latest_charge": ("charge",),
    "payment_intent": ("payment_intent",),
    "payment_method": ("payment_method",),
    "source": ("charge", "refund", "dispute", "payout"),
}
GREATEST_DEPTH: Final = 4


def public(value: Any) -> Any:
    """A copy without the fields that only the simulator keeps."""
    if isinstance(value, dict):
        return {name: public(below) for name, below in value.items() if not name.startswith("_")}
    if isinstance(value, list):
        return [public(below) for below in value]
    return value


def expanded(account: Account, answer: Object, paths: list[str]) -> Object:
    """The answer with the ids on each path (`data.source.charge`) replaced by their objects."""
    shown: Object = public(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > GREATEST_DEPTH:
            raise errors.invalid("expand", f"You cannot expand more than 4 levels: {path}")
        _expand(account, shown, steps, path)
    return shown


def _expand(account: Account, shown: Any, steps: list[str], path: str) -> None:
    if isinstance(shown, list):
        for one in shown:
            _expand(account, one, steps, path)
        return
    step, *rest = steps
    if not isinstance(shown, dict) or step not in shown:
        raise errors.invalid("expand", f"This property cannot be expanded ({path}).")
    if isinstance(shown[step], str):
        shown[step] = _object(account, step, shown[step], path)
    if rest and shown[step] is not None:
        _expand(account, shown[step], rest, path)


def _object(account: Account, field: str, name: str, path: str) -> Object:
    for kind in KINDS.get(field, ()):
        found = account.objects[kind].get(name)
        if found is not None:
            shown: Object = public(found)
            return shown
    raise errors.invalid("expand", f"This property cannot be expanded ({path}).")
