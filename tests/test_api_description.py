"""What /openapi.json says of the API: valid, complete, one name for one operation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.routes import application, every_route

METHODS: Final = ("get", "put", "post", "patch", "delete")
VERB_NOUN: Final = re.compile(r"[a-z]+(_[a-z]+)+")


class Described(NamedTuple):
    """One operation of the description."""

    method: str
    path: str
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """As a reader gets it: through JSON."""
    schema = application().openapi_schema.to_schema()
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return decoded


def described(description: dict[str, Any]) -> Iterator[Described]:
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield Described(method, path, item[method])


def test_it_is_valid_openapi(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    faults = list(OpenAPIV31SpecValidator(description).iter_errors())
    assert [str(fault)[:300] for fault in faults] == []


def test_every_route_under_v1_is_described(description: dict[str, Any]) -> None:
    routes = {route.name for route in every_route() if route.path.startswith("/v1/")}
    assert routes == {
        each.operation["operationId"]
        for each in described(description)
        if each.path.startswith("/v1/")
    }


def test_operation_ids_are_unique_and_verb_noun(description: dict[str, Any]) -> None:
    ids = Counter(each.operation["operationId"] for each in described(description))
    assert [name for name, count in ids.items() if count > 1] == []
    assert [name for name in ids if not VERB_NOUN.fullmatch(name)] == []


def test_every_operation_has_a_summary_and_one_tag(description: dict[str, Any]) -> None:
    bare = [
        str(each)
        for each in described(description)
        if not each.operation.get("summary") or len(each.operation.get("tags", [])) != 1
    ]
    assert bare == []


def test_summaries_are_chinese_first_then_english(description: dict[str, Any]) -> None:
    lacking = [
        f"{each}: {each.operation['summary']}"
        for each in described(description)
        if each.path.startswith("/v1/")
        and not re.match(r"[\u4e00-\u9fff].*[A-Za-z]", each.operation["summary"])
    ]
    assert lacking == []


def test_routes_that_need_nobody_say_so(description: dict[str, Any]) -> None:
    public = {route.name for route in every_route() if route.is_public}
    wrong = [
        str(each)
        for each in described(description)
        if each.path.startswith("/v1/")
        and (each.operation.get("security") == [{}]) != (each.operation["operationId"] in public)
    ]
    assert wrong == []


def test_every_answer_in_json_has_a_schema(description: dict[str, Any]) -> None:
    lacking = [
        f"{each} {status}"
        for each in described(description)
        for status, answer in each.operation["responses"].items()
        for media in answer.get("content", {}).values()
        if status.startswith("2") and not media.get("schema")
    ]
    assert lacking == []
