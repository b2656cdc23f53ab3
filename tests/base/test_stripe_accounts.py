import json
import re
from pathlib import Path

import pytest

from market.base.stripe_accounts import UnreadableAccounts, read_accounts

GOOD = {"unit": "JX", "key": "sk_test_1", "webhook_secrets": ["whsec_12345678"]}


def refused(file: Path) -> UnreadableAccounts:
    with pytest.raises(UnreadableAccounts) as fault:
        read_accounts(file)
    return fault.value


def kept(folder: Path, text: str) -> Path:
    file = folder / "accounts.json"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_a_good_file_is_read(tmp_path: Path) -> None:
    [account] = read_accounts(kept(tmp_path, json.dumps([GOOD])))
    assert account.unit == "JX"


def test_a_folder_is_no_file_and_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    fault = refused(tmp_path)
    assert "文件夹" in fault.zh
    assert "folder" in fault.en
    assert "chmod" not in fault.zh + fault.en


def test_a_file_that_others_read_is_to_be_closed(tmp_path: Path) -> None:
    file = kept(tmp_path, "[]")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in refused(file).zh


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{]", "JSON 列表"),
        ("{}", "JSON 列表"),
        (json.dumps([GOOD, GOOD | {"unit": "J"}]), "第 2 个账户的 unit"),
        (json.dumps([GOOD | {"webhook_secrets": ["x"]}]), "第 1 个账户的 webhook_secrets"),
        (json.dumps([{"unit": "JX"}]), "第 1 个账户不符"),
        (None, "文件不存在"),
    ],
)
def test_the_chinese_sentence_holds_neither_english_nor_patterns(
    tmp_path: Path, content: str | None, told: str
) -> None:
    file = kept(tmp_path, content) if content is not None else tmp_path / "accounts.json"
    zh = refused(file).zh.replace(str(file), "")
    assert told in zh
    assert not re.search(r"Expected|regex|Object|\^|No such", zh), zh
