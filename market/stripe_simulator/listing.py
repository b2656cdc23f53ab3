"""Lists as Stripe gives them: the newest first, a page at a time, by the id that one has seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from market.stripe_simulator import errors
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.forms import Params

PAGE: Final = frozenset({"limit", "starting_after", "ending_before", "expand"})
BOUNDS: Final = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
GREATEST_PAGE: Final = 100


def fits(made: Object, params: Params, filters: Iterable[str]) -> bool:
    """Whether an object is what the filters ask for; times may be bounded: `created[gte]`."""
    return all(_fits(made, params, name) for name in filters)


def _fits(made: Object, params: Params, name: str) -> bool:
    asked = params.tree.get(name)
    if asked is None:
        return True
    value = made.get(f"_{name}", made.get(name))
    if isinstance(asked, str):
        return str(value) == asked
    bounds = params.branch(name, frozenset(BOUNDS))
    assert bounds is not None
    limits = {bound: bounds.integer(bound) for bound in bounds.tree}
    return all(BOUNDS[bound](value, limit) for bound, limit in limits.items() if limit is not None)


def page(account: Account, kind: str, params: Params, filters: Iterable[str], url: str) -> Object:
    """One page; `starting_after` goes to older objects, `ending_before` to newer ones."""
    limit = params.amount("limit") or 10
    if limit > GREATEST_PAGE:
        raise errors.invalid("limit", "This value must be less than or equal to 100.")
    found = [made for made in account.all(kind) if fits(made, params, filters)]
    after, before = params.text("starting_after"), params.text("ending_before")
    if after is not None:
        found = found[_place(account, kind, found, after, "starting_after") + 1 :]
    if before is not None:
        found = found[: _place(account, kind, found, before, "ending_before")]
    data = found[-limit:] if before is not None else found[:limit]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": data}


def _place(account: Account, kind: str, found: list[Object], name: str, param: str) -> int:
    account.find(kind, name, param)
    places = [place for place, made in enumerate(found) if made["id"] == name]
    return places[0] if places else -1
