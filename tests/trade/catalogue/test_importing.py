"""Importing a unit's offerings: what a line becomes, and why it does not."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from market import offering_files
from market.auditor import audit
from market.base import db, helpers
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.identity.organisations.model import Organisation
from market.trade.catalogue import model as catalogue_model
from market.trade.catalogue import operations
from market.trade.catalogue.importing import model
from market.trade.catalogue.importing.model import Outcome
from tests.conftest import Clone
from tests.world import catalogue, identity

MARKET: Final = Path(sys.executable).with_name("market")
GOOD: Final = {
    "code": "FW-1",
    "kind": "service",
    "title_zh": "动力电池组性能检测",
    "title_en": 'Battery "packs" tested',
    "summary": "ＰＬＣ 与电池\n检测",
    "description": "现场测量\\试验，出具报告。",
    "deliverables": '检验报告 "A"|Records, {signed}',
    "price_model": "per_item",
    "price_minor": "1250000",
    "lead_time_days": "20",
    "technical_field": "energy_saving",
    "industry": "C38",
    "region": "510100",
}


class Office:
    """A unit whose clerk imports; its second member has a certificate and will do the work."""

    addresses: Dsns
    conn: Connection
    unit: Organisation
    clerk: Actor
    reviewer: Actor
    emails: dict[Any, str]
    numbers: list[str]

    async def imported(self, file: Path, owner_dsn: str | None = None, **changes: Any) -> Outcome:
        named = {"importer": self.emails[self.clerk], "reviewer": self.emails[self.reviewer]}
        order = {"file": file, "unit": self.unit.name_zh, "dry_run": False, **named, **changes}
        with helpers.thread() as reading:
            return await offering_files.import_offerings(
                self.addresses.app,
                offering_files.Order(**order),
                reading,
                lambda _: None,
                owner_dsn,
            )

    async def rows(self, sql: str, *values: object) -> list[Any]:
        async with db.look(self.conn, SYSTEM):
            return [tuple(record) for record in await self.conn.fetch(sql, *values)]


@pytest.fixture(scope="module")
async def office(clone: Clone) -> AsyncIterator[Office]:
    async with clone() as addresses:
        office = Office()
        # The worker's role does what the application's does, and reads events.
        office.addresses, office.conn = addresses, await db.connect(addresses.worker)
        office.unit = await identity.unit(office.conn)
        office.clerk = await identity.person(office.conn, office.unit, Role.CLERK)
        office.reviewer = await identity.person(office.conn, office.unit, Role.TECH_REVIEWER)
        workers = [
            await catalogue.enrolled_member(office.conn, office.unit, each)
            for each in (office.reviewer.person_id, None)
        ]
        async with db.act(office.conn, office.clerk):
            await office.conn.execute(
                """INSERT INTO qualification (member_id, kind, level, number, issuer, issued_on)
                   VALUES ($1, '焊工', 'technician', '2', '人社局', '2020-01-01')""",
                workers[1],
            )
        told = await office.rows("SELECT id, email FROM person")
        emails = dict(told)
        office.emails = {each: emails[each.person_id] for each in (office.clerk, office.reviewer)}
        numbers = dict(await office.rows("SELECT id, number FROM member"))
        office.numbers = [numbers[each] for each in workers]
        yield office
        await office.conn.close()


def written(
    folder: Path, office: Office, *lines: dict[str, str], encoding: str = "utf-8-sig"
) -> Path:
    """A file whose lines are good but for what is said otherwise."""
    text = StringIO()
    header = [*GOOD, "members", "qualifications", "free_or_paid", "currency"]
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    writer.writerows({**GOOD, "members": office.numbers[1], **line} for line in lines)
    file = folder / "offerings.csv"
    file.write_bytes(text.getvalue().encode(encoding))
    return file


SHOWN: Final = """SELECT c.id, c.published_at, c.price_key, c.price_band, c.kind, c.technical_field,
        c.industry, c.region, c.unit_id, c.item, c.detail, c.title_key, s.published_at, s.price_key,
        s.title_key, s.kind, s.price_band, s.technical_field, s.industry, s.region, s.unit_id,
        s.levels, s.tsv::text
    FROM offering_card c JOIN offering_search s USING (id)
    JOIN offering o USING (id) WHERE o.code LIKE $1 ORDER BY o.code"""


async def test_what_is_imported_is_what_one_by_one_would_have_been(
    office: Office, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        office,
        {"code": "SAME-1"},
        {"code": "SAME-2", "price_model": "quote", "price_minor": "", "kind": "consulting"},
        {"code": "SAME-3", "price_minor": "0", "price_model": "fixed", "free_or_paid": "free"},
        {"code": "SAME-4", "currency": "USD", "qualifications": "CNAS|特种设备"},
        encoding="gb18030",
    )
    assert await office.imported(file) == Outcome(4, 0, [])
    shown = await office.rows(SHOWN, "SAME-%")
    for offering_id, *_ in shown:
        await operations.redraw_card(office.conn, SYSTEM, offering_id)
    assert await office.rows(SHOWN, "SAME-%") == shown
    assert {row[-2][0] for row in shown} == {"technician"}
    told = await office.rows(
        """SELECT e.name, e.actor, e.organisation, e.version, e.move, e.state_from, e.state_to,
                  e.changed, v.published_by, v.maker_ids, v.number
           FROM event e JOIN offering_version v ON v.offering_id = e.subject_id
           JOIN offering o ON o.id = v.offering_id
           WHERE o.code LIKE 'SAME-%' AND e.name <> 'offering.redrawn'"""
    )
    clerk, reviewer = office.clerk.person_id, office.reviewer.person_id
    event = ("offering.imported", clerk, office.unit.id, 1, "import", None, "published")
    assert told == [(*event, {"reviewer_id": str(reviewer)}, reviewer, [clerk], 1)] * 4
    assert (await audit.run(office.addresses.auditor)).faults == []


async def test_a_file_goes_on_where_it_stopped_and_changes_nothing(
    office: Office, tmp_path: Path
) -> None:
    first = written(tmp_path, office, {"code": "ON-1"}, {"code": "ON-2"})
    assert await office.imported(first) == Outcome(2, 0, [])
    longer = written(
        tmp_path, office, {"code": "ON-1"}, {"code": "ON-2", "region": "510104"}, {"code": "ON-3"}
    )
    again = await office.imported(longer)
    assert (again.imported, again.already_there) == (1, 1)
    # Cells may hold line breaks: the third offering begins in the sixth line of text.
    assert [(each.line, each.code) for each in again.faults] == [(4, "import_code_differs")]
    assert await office.rows("SELECT region FROM offering WHERE code = 'ON-2'") == [("510100",)]


async def test_drafts_are_imported_without_a_reviewer(office: Office, tmp_path: Path) -> None:
    file = written(tmp_path, office, {"code": "DRAFT-1"})
    assert await office.imported(file, reviewer=None) == Outcome(1, 0, [])
    found = await office.rows(
        """SELECT o.state, o.maker_ids, e.name, e.move, e.state_to, c.id
           FROM offering o JOIN event e ON e.subject_id = o.id
           LEFT JOIN offering_card c ON c.id = o.id WHERE o.code = 'DRAFT-1'"""
    )
    clerk = office.clerk.person_id
    assert found == [("draft", [clerk], "offering.drafted", "draft", "draft", None)]


async def test_each_bad_line_is_told_by_number_and_the_good_ones_are_kept(
    office: Office, tmp_path: Path
) -> None:
    reviewers_own = {"code": "BAD-9", "members": office.numbers[0]}
    bad = {
        "kind": "import_transfer_refused",
        "price_model": "not_a_choice",
        "price_minor": "price_missing",
        "title_zh": "bad_pattern",
        "summary": "missing_field",
        "members": "import_members_unknown",
        "lead_time_days": "import_not_digits",
        "currency": "bad_pattern",
    }
    values = {
        "kind": "transfer",
        "price_model": "barter",
        "title_zh": "轴\u202e承",
        "members": "M?",
    }
    values |= {"lead_time_days": "1e1", "currency": "yuan"}
    lines = [{"code": f"BAD-{n}", name: values.get(name, "")} for n, name in enumerate(bad)]
    file = written(
        tmp_path,
        office,
        {"code": "OK-1"},
        *lines,
        reviewers_own,
        {"code": "OK-1"},
        {"code": "OK-2"},
    )
    with file.open("a", encoding="utf-8") as text:
        text.write("BAD-10,service\n")
    dry = await office.imported(file, dry_run=True)
    assert await office.rows("SELECT code FROM offering WHERE code ~ '^(OK|BAD)-'") == []
    outcome = await office.imported(file)
    assert outcome == dry
    kept = await office.rows("SELECT code FROM offering WHERE code ~ '^(OK|BAD)-' ORDER BY code")
    assert (outcome.imported, kept) == (2, [("OK-1",), ("OK-2",)])
    told = {each.line: (each.column, each.code) for each in outcome.faults}
    # Each line of the file takes two lines of text but the one whose summary is empty.
    numbers = [4, 6, 8, 10, 12, 13, 15, 17]
    assert told == {
        **{line: (name, code) for line, (name, code) in zip(numbers, bad.items(), strict=True)},
        19: ("members", "doer_reviews_offering"),
        21: ("code", "import_code_twice"),
        25: (None, "import_cells_miscounted"),
    }
    assert all(each.zh and each.en and each.zh != each.en for each in outcome.faults)


async def test_who_may_import_and_who_may_have_reviewed(office: Office, tmp_path: Path) -> None:
    file = written(tmp_path, office, {"code": "WHO-1"})
    stranger = await identity.person(office.conn, await identity.unit(office.conn), Role.CLERK)
    (stranger_email,) = (
        await office.rows("SELECT email FROM person WHERE id = $1", stranger.person_id)
    )[0]
    for refusal, changes in (
        (model.UnitUnknown, {"unit": "没有这个技协"}),
        (model.PersonUnknown, {"importer": "nobody@market.test"}),
        (catalogue_model.NotTheDrafter, {"importer": office.emails[office.reviewer]}),
        (catalogue_model.NotTheDrafter, {"importer": stranger_email}),
        (catalogue_model.NotTheReviewer, {"reviewer": stranger_email}),
        (catalogue_model.MakerReviews, {"reviewer": office.emails[office.clerk]}),
    ):
        with pytest.raises(refusal):
            await office.imported(file, **changes)
    assert await office.rows("SELECT FROM offering WHERE code = 'WHO-1'") == []


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"code,kind\n", model.ColumnsMissing),
        (b"", model.ColumnsMissing),
        (b"code,code,right_id\n", model.ColumnsUnknown),
        (b"\xff\xff\xff", model.NotReadable),
    ],
)
async def test_a_file_that_is_none_is_refused(
    office: Office, tmp_path: Path, content: bytes, refusal: type[Exception]
) -> None:
    file = tmp_path / "no.csv"
    file.write_bytes(content)
    with pytest.raises(refusal):
        await office.imported(file)


async def test_a_batch_that_fails_leaves_nothing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise asyncpg.DeadlockDetectedError

    monkeypatch.setattr("market.base.events.record_many", fails)
    file = written(tmp_path, office, {"code": "HALF-1"})
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await office.imported(file)
    assert await office.rows("SELECT FROM offering WHERE code = 'HALF-1'") == []
    monkeypatch.undo()
    assert await office.imported(file) == Outcome(1, 0, [])


async def test_the_command_tells_each_bad_line_and_the_result(
    office: Office, tmp_path: Path
) -> None:
    file = written(tmp_path, office, {"code": "CLI-1"}, {"code": "CLI-2", "region": "x"})
    words = ["--unit", str(office.unit.number_prefix), "--by", office.emails[office.clerk]]
    process = await asyncio.create_subprocess_exec(
        MARKET,
        "import-offerings",
        file,
        *words,
        "--reviewed-by",
        office.emails[office.reviewer],
        "--json",
        env=os.environ
        | {
            "DATABASE_URL": office.addresses.app,
            "WORKER_DATABASE_URL": office.addresses.worker,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    assert output, said.decode()
    bad, result = (json.loads(line) for line in output.splitlines())
    assert (process.returncode, bad["line"], bad["column"]) == (1, 4, "region"), said.decode()
    assert (result["imported"], "imported: 1" in said.decode()) == (1, True)


def test_a_column_is_named_as_the_file_names_it() -> None:
    assert model.column_of("/member_ids/1") == "members/1"
    assert model.column_of("/price_minor") == "price_minor"
    assert model.column_of("") is None
