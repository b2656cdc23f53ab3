"""What `docker/` says is true of the tree: its paths, variables, commands and addresses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]  # what reads the API description brings it

from market import cli
from market.base import settings
from market.base.variables import VARIABLES
from tests.routes import every_route

ROOT: Final = Path(__file__).parents[1]
DOCKER: Final = ROOT / "docker"
DOCKERFILE: Final = (DOCKER / "Dockerfile").read_text("utf-8")
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DOCKER / "compose.yml").read_text("utf-8"))
EXAMPLE: Final = (DOCKER / "example.env").read_text("utf-8")
OURS: Final = [name for name in COMPOSE["services"] if name != "postgres"]


def given() -> dict[str, str]:
    """What example.env sets, with what it offers in comments."""
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(\S+)$", EXAMPLE, re.MULTILINE))


def test_what_is_copied_is_there_and_let_in() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8")
    let_in = set(re.findall(r"^!(\S+)$", ignored, re.MULTILINE))
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {path for line in lines for path in line.split()}
    assert copied == let_in
    assert not [path for path in copied if not (ROOT / path).exists()]


def test_every_variable_is_a_setting() -> None:
    known = {variable.name for variable in VARIABLES}
    used = set(re.findall(r"\b(?:MARKET|DATABASE|[A-Z]+_DATABASE)_[A-Z]+\b", DOCKERFILE + EXAMPLE))
    assert set(given()) - {"POSTGRES_PASSWORD"} <= known
    assert {name for name in used if name.startswith("MARKET_")} <= known


@pytest.mark.parametrize("service", OURS)
def test_a_service_starts_with_what_it_is_given(service: str) -> None:
    told = COMPOSE["services"][service].get("environment", {})
    loaded = settings.load(given() | told)
    assert loaded.database_url is not None
    assert (loaded.migrate_database_url is None) == (service != "migrate")
    assert "files:/srv/market/data" in COMPOSE["services"][service]["volumes"]


@pytest.mark.parametrize("service", OURS)
def test_a_service_runs_a_command_with_its_options(service: str) -> None:
    name, *options = COMPOSE["services"][service]["command"]
    command = cli.main.commands[name]
    taken = {each for option in command.params for each in (*option.opts, *option.secondary_opts)}
    assert set(options) <= taken
    for word in re.findall(r"run --rm (?:--volume \S+ \\\n  #\s+)?\w+ ([a-z-]+)", _compose_text()):
        assert word in cli.main.commands


def _compose_text() -> str:
    return (DOCKER / "compose.yml").read_text("utf-8")


def test_the_image_is_asked_whether_it_lives_where_it_answers() -> None:
    [asked] = re.findall(r"127\.0\.0\.1:8000(/[a-z/]+)", DOCKERFILE)
    assert asked in {route.path for route in every_route()}
    assert settings.load({}).port == 8000
