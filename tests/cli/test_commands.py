"""The commands as a newcomer meets them: in the wrong folder, with wrong words, after a restore."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from market.base.embedded import Dsns
from market.base.seals import Seal
from market.base.settings import load
from market.cli import audits, backups, main, processes
from market.cli.telling import say
from market.identity.second_factor import codes
from tests.conftest import Clone

IN_NEED = {
    "work": ["--once"],
    "mails": [],
    "seal": [],
    "check": [],
    "backup": ["market.tar"],
    "create-administrator": ["--name", "王芳", "--email", "w@e.cn", "--password", "1234567890x"],
    "import-offerings": [__file__, "--unit", "x", "--by", "w@e.cn"],
    "export": ["journal", "nowhere.csv", "--unit", "x"],
}


def run(data: Path, *words: str) -> Result:
    return CliRunner(
        env={"MARKET_DATA": str(data), "DATABASE_URL": None, "WORKER_DATABASE_URL": None}
    ).invoke(main, list(words))


@pytest.mark.parametrize("name", IN_NEED)
def test_a_command_in_a_wrong_folder_makes_no_database(name: str, tmp_path: Path) -> None:
    data = tmp_path / "elsewhere" / ".data"
    ended = run(data, name, *IN_NEED[name])
    assert (ended.exit_code, data.exists()) == (2, False), ended.output
    assert "没有数据库" in ended.output
    (tmp_path / ".data" / "pg").mkdir(parents=True)
    assert f"MARKET_DATA={tmp_path / '.data'}" in run(data, name, *IN_NEED[name]).output


def test_nobodys_own_account_with_stripe_is_played_with(tmp_path: Path) -> None:
    """The demonstration has a simulator, and does not so much as make a database."""
    accounts = tmp_path / "stripe.json"
    accounts.write_text(
        '[{"unit": "AX", "key": "sk_live_x", "webhook_secrets": ["whsec_12345678"]}]'
    )
    accounts.chmod(0o600)
    env = {"MARKET_DATA": str(tmp_path / "data"), "MARKET_STRIPE_ACCOUNTS": str(accounts)}
    ended = CliRunner(env=env).invoke(main, ["demo", "--exit"])
    assert (ended.exit_code, (tmp_path / "data").exists()) == (2, False), ended.output
    assert "模拟器" in ended.output
    assert "Unset MARKET_STRIPE_ACCOUNTS" in ended.output


def test_a_damaged_backup_makes_no_database(tmp_path: Path) -> None:
    file = tmp_path / "market.tar"
    file.write_bytes(b"no backup")
    ended = run(tmp_path / "data", "restore", str(file), "--yes")
    assert (ended.exit_code, (tmp_path / "data").exists()) == (2, False), ended.output
    assert "nothing was touched" in ended.output


@pytest.mark.parametrize("words", [["check"], ["mails"], ["serve"], ["work", "--once"]])
def test_a_database_that_refuses_is_told_in_words(
    words: list[str], shared_database: Dsns, tmp_path: Path
) -> None:
    nowhere = re.sub(r"//[^@]+@", "//nobody_here@", shared_database.app)
    names = ("DATABASE_URL", "WORKER_DATABASE_URL", "AUDITOR_DATABASE_URL", "MIGRATE_DATABASE_URL")
    env = {"MARKET_DATA": str(tmp_path), **dict.fromkeys(names, nowhere)}
    ended = CliRunner(env=env).invoke(main, words)
    assert ended.exit_code == 2, ended.output
    assert "nobody_here" in ended.output
    assert "market migrate" in ended.output


def test_a_wrong_option_is_told_in_words(tmp_path: Path) -> None:
    words = ["create-administrator", "--name", "王芳", "--password", "1234567890x"]
    told = run(tmp_path, *words, "--email", "nobody").output
    assert "--email" in told
    assert "邮箱地址，如 name@example.cn" in told
    assert "regex" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nonsense"], "没有命令 nonsense"),
        (["--nonsense"], "没有选项 --nonsense"),
        (["export", "journal", "a.csv"], "缺少 --unit"),
        (["export", "journal"], "缺少 "),
        (
            ["export", "journal", "a.csv", "--unit", "x", "--from", "2026-13-01"],
            "--from 的值不符，须为日期",
        ),
        (["mails", "--limit", "0"], "--limit 的值不符，须为 1 至 1000 的整数"),
        (["import-offerings", "没有.csv", "--unit", "x"], "FILE 的值不符，须为已有的文件"),
    ],
)
def test_a_wrong_word_is_told_in_chinese_first(words: list[str], told: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *words)
    assert ended.exit_code == 2, ended.output
    assert ended.output.startswith(told), ended.output
    assert "Usage: " in ended.output


def test_brackets_in_a_path_are_told_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say("/srv/[red]/market.tar", style="red")
    assert "/srv/[red]/market.tar" in capsys.readouterr().err


def test_the_head_in_json_is_what_check_asks_for() -> None:
    seal = Seal(3, 1, 1, 1, 9, 7, bytes(32), b"\xab" * 32, datetime(2026, 11, 28, tzinfo=UTC))
    shown = audits.shown(seal)
    assert shown["head"] == str(seal) == f"3:{shown['hash']}"
    assert audits.HEAD.fullmatch(str(shown["head"]))


async def test_whoever_serves_devices_without_their_key_is_warned(
    clone: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with clone() as addresses:
        settings = load({"MARKET_DATA": str(tmp_path)})

        async def warned() -> str:
            await asyncio.to_thread(processes.warn_of_missing_key, settings, addresses)
            return capsys.readouterr().err

        assert await warned() == ""
        owner = await asyncpg.connect(addresses.owner)
        await owner.execute(
            """WITH holder AS (
                   INSERT INTO person (name, state) VALUES ('持有人', 'active') RETURNING id)
               INSERT INTO second_factor (person_id, state, enabled_at)
               SELECT id, 'enabled', market_now() FROM holder"""
        )
        await owner.close()
        told = await warned()
        assert str(codes.place_of_key(tmp_path)) in " ".join(told.split())
        assert "recovery codes" in told
        codes.key_in(tmp_path)
        assert await warned() == ""


def test_whoever_restores_is_told_of_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = codes.place_of_key(tmp_path)
    backups.say_whether_the_key_is_there(key)
    missing = capsys.readouterr().err
    assert "is missing" in missing
    assert str(key) in missing
    codes.key_in(tmp_path)
    backups.say_whether_the_key_is_there(key)
    assert "Make sure that it belongs" in capsys.readouterr().err
