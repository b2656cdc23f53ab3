"""What README.md says of settings and commands is what the program has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from market.base.variables import VARIABLES
from market.cli import main
from tests.routes import every_route

ROOT: Final = Path(__file__).parents[1]
README: Final = (ROOT / "README.md").read_text("utf-8")
MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")


def settings_table() -> str:
    rows = [
        f"| `{variable.name}` | {f'`{variable.default}`' if variable.default else ''} "
        f"| {variable.zh} | {variable.en} |"
        for variable in VARIABLES
    ]
    return "\n".join(["| variable | default | 说明 | meaning |", "|---|---|---|---|", *rows])


def test_the_settings_table_is_the_programs_own() -> None:
    between = README.split("<!-- settings: begin -->\n")[1].split("\n<!-- settings: end -->")[0]
    assert between == settings_table(), f"put this between the marks:\n{settings_table()}"


def test_every_route_of_the_readme_exists() -> None:
    known = {(route.method, re.sub("{[^}]*}", "{}", route.path)) for route in every_route()}
    named = {
        (method, re.sub("{[^}]*}", "{}", path))
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", README)
    }
    assert len(named) > 10
    assert named - known == set()


def test_every_command_of_the_readme_exists() -> None:
    named = {
        word.split("`")[0].split()[0]
        for word in README.split("`market ")[1:]
        if not word.startswith("-")
    }
    assert named <= set(main.commands), named - set(main.commands)


def test_every_command_of_make_stands_in_the_readmes_table() -> None:
    told = set(re.findall(r'@echo "make (\w[\w-]*)', MAKEFILE))
    table = README.split("\n## Commands\n")[1].split("\n## ")[0]
    assert {"demo", "streams"} <= told
    assert told <= set(re.findall(r"`make ([\w-]+)", table))
