"""Holds answers against the annotations of the SDK's classes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Final, ForwardRef, Literal, Union, get_args, get_origin

import stripe
import stripe.checkout

# The SDK annotates a list that an answer holds by its class and by what is in it.
LIST_FIELDS: Final = frozenset({"object", "url", "has_more", "data"})


def faults(answer: Any, wanted: Any, path: str) -> Iterator[str]:
    """What in a JSON value is not as annotated, with the path to it."""
    wanted = _resolved(wanted)
    if get_origin(wanted) in {Union, UnionType}:
        options = [list(faults(answer, option, path)) for option in get_args(wanted)]
        if all(options):
            yield from min(options, key=lambda found: (_depth(found), len(found)))
    elif get_origin(wanted) is Literal:
        if answer not in get_args(wanted):
            yield f"{path}: {answer!r} is none of the values that it may have"
    elif get_origin(wanted) is list:
        yield from _faults_of_list(answer, get_args(wanted)[0], path)
    elif isinstance(wanted, type) and issubclass(wanted, stripe.StripeObject):
        yield from _faults_of_object(answer, wanted, path)
    elif wanted in {int, str, bool, float, NoneType} and type(answer) is not wanted:
        yield f"{path}: {answer!r} is not of {wanted.__name__}"


def _depth(found: list[str]) -> int:
    """A fault deep inside comes from the option that was nearest."""
    return -max(fault.split(":")[0].count(".") for fault in found)


def _faults_of_list(answer: Any, of: Any, path: str) -> Iterator[str]:
    if not isinstance(answer, list):
        yield f"{path}: {answer!r} is no list"
        return
    for place, one in enumerate(answer):
        yield from faults(one, of, f"{path}[{place}]")


def _faults_of_object(answer: Any, wanted: type[stripe.StripeObject], path: str) -> Iterator[str]:
    if not isinstance(answer, dict):
        yield f"{path}: {answer!r} is no object"
        return
    fields = declared(wanted)
    if not fields:  # metadata and the like: any texts
        return
    for name, value in answer.items():
        if name in fields:
            yield from faults(value, fields[name], f"{path}.{name}")
        else:
            yield f"{path}.{name}: Stripe knows no such field"
    for name, kind in fields.items():
        if name not in answer and NoneType not in get_args(_resolved(kind)):
            yield f"{path}.{name}: is missing"


def declared(of: type[stripe.StripeObject]) -> dict[str, Any]:
    """The fields that a class of the SDK itself declares."""
    return {
        name: kind
        for name, kind in inspect.get_annotations(of).items()
        if not name.startswith("_") and "ClassVar" not in str(kind)
    }


def _resolved(kind: Any) -> Any:
    name = kind.__forward_arg__ if isinstance(kind, ForwardRef) else kind
    if not isinstance(name, str):
        return kind
    bare = name.split("[")[0].split(".")[-1]
    for place in (stripe, stripe.checkout):
        if hasattr(place, bare):
            return getattr(place, bare)
    return stripe.StripeObject  # of a part of Stripe that is not played here


def parameters(named: str) -> frozenset[str]:
    """The parameters that the SDK's TypedDict of this name declares."""
    room, _, name = f"stripe.params.{named}".rpartition(".")
    return frozenset(getattr(importlib.import_module(room), name).__annotations__)
