"""What /openapi.json says of the API: valid, complete, one name for one operation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from market.base import vocabulary
from market.base.description import TAGS
from market.base.file_types import MediaType
from market.base.problems import PROBLEM_JSON
from tests import routes
from tests.routes import Route, every_route

# Their answers hold a secret, so that no key keeps them.
UNKEYED: Final = ("sign_in", "issue_api_key", "set_up_second_factor")
METHODS: Final = ("get", "put", "post", "patch", "delete")
CHINESE: Final = r"[\u3400-\u9fff]"
# What says nothing beside a name.
FILLING: Final = frozenset(
    {
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "the",
        "this",
        "to",
    }
)
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
    return routes.description()


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
        if not re.match(r"[\u4e00-\u9fff].*[A-Za-z]", each.operation["summary"])
    ]
    assert lacking == []


def test_descriptions_are_whole_in_chinese_and_then_in_english(description: dict[str, Any]) -> None:
    """Paragraphs in Chinese, each with its full stop, then as much in English."""
    lacking = []
    for each in described(description):
        told = each.operation.get("description")
        if told is None:
            continue
        paragraphs = told.split("\n\n")
        chinese = [re.search(CHINESE, paragraph) is not None for paragraph in paragraphs]
        ends = ["。" if so else "." for so in chinese]
        whole = all(map(str.endswith, paragraphs, ends))
        if not whole or chinese != sorted(chinese, reverse=True) or len(set(chinese)) != 2:
            lacking.append(f"{each}: {told}")
    assert lacking == []


def test_routes_that_answer_a_file_of_any_kind_say_how(description: dict[str, Any]) -> None:
    answered = [each for each in described(description) if answers_any_file(each)]
    assert len(answered) == 3
    assert [str(each) for each in answered if "description" not in each.operation] == []


def answers_any_file(each: Described) -> bool:
    return set(MediaType) <= set(each.operation["responses"].get("200", {}).get("content", {}))


def test_routes_that_need_nobody_say_so(description: dict[str, Any]) -> None:
    public = {route.name for route in every_route() if route.is_public}
    wrong = [
        str(each)
        for each in described(description)
        if (each.operation.get("security") == []) != (each.operation["operationId"] in public)
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


def test_every_body_and_every_answer_in_json_has_an_example(description: dict[str, Any]) -> None:
    lacking = []
    for each in described(description):
        answers = [a for status, a in each.operation["responses"].items() if status < "3"]
        for part in (each.operation.get("requestBody", {}), *answers):
            media = part.get("content", {}).get("application/json")
            if media is not None and "example" not in media:
                lacking.append(str(each))
    assert lacking == []


def test_examples_are_as_their_schemas_say(description: dict[str, Any]) -> None:
    """Of bodies and answers alike, formats included."""
    registry = {"components": description["components"]}
    faults = []
    for each in described(description):
        answers = [a for status, a in each.operation["responses"].items() if status < "3"]
        for part in (each.operation.get("requestBody", {}), *answers):
            for media in part.get("content", {}).values():
                if "example" in media:
                    check = OAS31Validator({**registry, **media["schema"]})
                    faults += [
                        f"{each}: {f.json_path} {f.message[:200]}"
                        for f in check.iter_errors(media["example"])
                    ]
    assert faults == []


def route_of(each: Described) -> Route:
    return next(route for route in every_route() if route.name == each.operation["operationId"])


def refused(each: Described) -> set[str]:
    return {status for status in each.operation["responses"] if status >= "4"}


def test_every_refusal_is_a_problem(description: dict[str, Any]) -> None:
    shared = description["components"]["responses"]
    wrong = [
        f"{each} {status}"
        for each in described(description)
        for status in refused(each)
        if "$ref" not in (answer := each.operation["responses"][status])
        or list(shared[answer["$ref"].rpartition("/")[2]]["content"]) != [PROBLEM_JSON]
    ]
    assert wrong == []
    assert {"Problem", "Fault"} <= set(description["components"]["schemas"])


def test_nothing_of_the_frameworks_own_shape_is_left(description: dict[str, Any]) -> None:
    assert "status_code" not in msgspec.json.encode(description).decode()
    assert [name for name in description["components"]["schemas"] if "." in name] == []


def names_ids(description: dict[str, Any], each: Described) -> bool:
    """Whether an id stands somewhere in what the operation takes."""

    def within(part: Any) -> bool:
        if isinstance(part, list):
            return any(map(within, part))
        if not isinstance(part, dict):
            return False
        if name := part.get("$ref"):
            return within(description["components"]["schemas"][name.rpartition("/")[2]])
        return part.get("format") == "uuid" or any(map(within, part.values()))

    body = each.operation.get("requestBody", {}).get("content", {})
    return within({kind: media["schema"] for kind, media in body.items()})


def test_refusals_follow_from_what_a_route_takes(description: dict[str, Any]) -> None:
    wrong = []
    for each in described(description):
        route, answers = route_of(each), refused(each)
        api = each.path.startswith("/v1/")
        expected = {
            "400": api,
            "401": True,
            "403": not route.is_public,
            "404": "{" in each.path or names_ids(description, each),
            "409": each.method != "get" or "{" in each.path,
            "415": "requestBody" in each.operation,
            "422": api,
            "429": api,
            "503": each.path != "/health/live",
            "default": True,
        }
        wrong += [
            f"{each} {status}" for status, so in expected.items() if (status in answers) != so
        ]
    assert wrong == []


def headers(description: dict[str, Any], each: Described) -> dict[str, bool]:
    """The request headers of an operation, and whether they are required."""
    shared = description["components"]["parameters"]
    found = [
        shared[parameter["$ref"].rpartition("/")[2]]
        for parameter in each.operation["parameters"]
        if "$ref" in parameter
    ]
    return {header["name"]: header["required"] for header in found}


def test_every_post_takes_a_key_and_money_needs_one(description: dict[str, Any]) -> None:
    for each in described(description):
        key = headers(description, each).get("Idempotency-Key")
        taken = each.method == "post" and each.operation["operationId"] not in UNKEYED
        assert (key is not None) == taken, each
        assert bool(key) == route_of(each).needs_key, each


def test_edits_need_a_version_and_may_be_stale(description: dict[str, Any]) -> None:
    edits = [each for each in described(description) if each.method == "patch"]
    assert edits
    for each in edits:
        assert headers(description, each)["If-Match"] is True, each
        assert {"412", "428"} <= refused(each), each


def test_acts_on_a_milestone_honour_a_version_without_needing_it(
    description: dict[str, Any],
) -> None:
    act = next(each for each in described(description) if each.path.endswith("/acceptance"))
    assert headers(description, act)["If-Match"] is False
    assert "412" in refused(act)
    assert "428" not in refused(act)


def test_every_tag_is_explained_in_both_languages(description: dict[str, Any]) -> None:
    used = {tag for each in described(description) for tag in each.operation["tags"]}
    assert used == set(TAGS) == {tag["name"] for tag in description["tags"]}
    for tag in description["tags"]:
        assert re.fullmatch(r"[\u4e00-\u9fff].* · [A-Z].*", tag["description"])


class Place(NamedTuple):
    """Something that a reader of the description meets by its name.

    ``holders``: the schema or operation that it belongs to, and where a parameter stands.
    """

    name: str
    holders: tuple[str, ...]
    said: str

    def __str__(self) -> str:
        return ".".join((*self.holders, self.name))


def places(description: dict[str, Any]) -> Iterator[Place]:
    """Every field of every schema and of every form, and every parameter."""

    def fields_of(shape: dict[str, Any], holder: str) -> Iterator[Place]:
        for name, field in shape.get("properties", {}).items():
            yield Place(name, (holder,), field.get("description", ""))

    for name, shape in description["components"]["schemas"].items():
        yield from fields_of(shape, name)
    for each in described(description):
        own = each.operation["operationId"]
        for parameter in each.operation["parameters"]:
            if "name" in parameter:
                said = parameter.get("description", "")
                yield Place(parameter["name"], (own, parameter["in"]), said)
        for media in each.operation.get("requestBody", {}).get("content", {}).values():
            yield from fields_of(media["schema"], own)


def written() -> list[tuple[str, str, str]]:
    """Each word of the vocabulary as it is written down: key, Chinese, English."""
    return [
        (key, zh, en)
        for place in vocabulary.places()
        for key, (zh, en) in vocabulary.read(place).items()
    ]


def test_every_field_and_parameter_is_explained_in_both_languages(
    description: dict[str, Any],
) -> None:
    both = re.compile(rf".*{CHINESE}.*。[^\u3400-\u9fff]*[A-Za-z][^\u3400-\u9fff]*\.")
    schemas = description["components"]["schemas"].items()
    told = [
        Place(name, (), shape["description"]) for name, shape in schemas if "description" in shape
    ]
    lacking = [
        f"{place}: {place.said}"
        for place in (*told, *places(description))
        if not both.fullmatch(place.said)
    ]
    assert lacking == []


def test_an_id_in_a_path_is_looked_up_where_the_path_says(description: dict[str, Any]) -> None:
    """As in /v1/invoices/{invoice_id}: the list that its words name is one of invoices.

    Units, organisations and members are the same wherever they are named: one list has them.
    """
    wrong = []
    for each in described(description):
        for of, name in re.findall(r"([a-z-]+)/\{(\w+)\}", each.path):
            [said] = [
                parameter["description"]
                for parameter in each.operation["parameters"]
                if parameter.get("name") == name and parameter["in"] == "path"
            ]
            if name in ("unit_id", "organisation_id", "member_id"):
                continue
            told = re.findall(r"见 (/v1/[^，。（；\s]+)", said)
            wrong += [f"{each}: {place}" for place in told if of not in place.split("/")]
    assert wrong == []


def may_be_null(shape: dict[str, Any]) -> bool:
    """Also where anything may stand."""
    choices = [*shape.get("oneOf", []), *shape.get("anyOf", [])]
    return (
        "null" in shape.get("type", "")
        or None in shape.get("enum", [])
        or not shape.keys() - {"description", "title"}
        or any(map(may_be_null, choices))
    )


def test_what_may_be_null_says_when_and_nothing_else_does(description: dict[str, Any]) -> None:
    """Or, of an input, what follows where it is left out."""
    wrong = []
    for holder, shape in description["components"]["schemas"].items():
        for name, field in shape.get("properties", {}).items():
            said = field["description"]
            if may_be_null(field):
                wrong += [f"{holder}.{name}"] * (not re.search(r"(?i)\bnull\b|left out", said))
            elif name in shape["required"]:
                wrong += [f"{holder}.{name}"] * bool(re.search(r"(?i)\bnull\b", said))
    assert wrong == []


def test_no_explanation_repeats_the_name_of_what_it_explains() -> None:
    """Whoever reads it has read the name."""
    repeating = [
        f"{key}: {en}"
        for key, _, en in written()
        if set(re.findall("[a-z]+", en.lower())) - FILLING
        <= set(re.findall("[a-z]+", key.rpartition(".")[2].lower()))
    ]
    assert repeating == []


def test_every_word_of_the_vocabulary_is_used(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    said = {(name, shape.get("description")) for name, shape in schemas.items()}
    for place in places(description):
        said.add((place.name, place.said))
        said |= {(f"{holder}.{place.name}", place.said) for holder in place.holders}
    assert [
        key for key, meaning in vocabulary.meanings().items() if (key, meaning) not in said
    ] == []


def test_a_word_is_explained_once() -> None:
    """In one file of all, and there in one line."""
    lines = [
        key
        for place in vocabulary.places()
        for line in place.read_text("utf-8").splitlines()
        if (found := re.match(r' "([^"]+)": \[', line))
        for key in vocabulary.keys_of(found[1])
    ]
    assert [key for key, count in Counter(lines).items() if count > 1] == []
    assert set(lines) == set(vocabulary.meanings())
