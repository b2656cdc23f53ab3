from pathlib import Path

import pytest

from market.base import settings
from market.base.settings import Settings, SettingsFaults
from market.base.variables import VARIABLES

URL = "postgresql://market_app:secret@db.example:5432/market"
ALL_FOUR = {
    "DATABASE_URL": URL,
    "WORKER_DATABASE_URL": URL.replace("app", "worker"),
    "AUDITOR_DATABASE_URL": URL.replace("app", "auditor"),
    "MIGRATE_DATABASE_URL": URL.replace("market_app", "postgres"),
}


def faults_of(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsFaults) as caught:
        settings.load(environ)
    return {fault.name: fault.en for fault in caught.value.faults}


def test_an_empty_environment_means_the_embedded_database_on_this_machine() -> None:
    loaded = settings.load({"PATH": "/usr/bin"})
    assert loaded.database_url is None
    assert loaded.data == Path(".data").absolute()
    assert loaded.public_url == "http://127.0.0.1:8000"
    assert not loaded.cookie_secure
    assert loaded.pool_size == 6


def test_every_variable_fills_one_field_and_every_field_has_one() -> None:
    assert [v.field for v in VARIABLES] == list(Settings.__struct_fields__)


def test_every_variable_is_explained_in_both_languages() -> None:
    assert all(v.zh.endswith("。") and v.en.endswith(".") for v in VARIABLES)


def test_everything_can_be_given() -> None:
    given = {
        "MARKET_DATA": "/srv/market",
        "MARKET_HOST": "::1",
        "MARKET_PORT": "80",
        "MARKET_PUBLIC_URL": "https://market.example/",
        "MARKET_SMTP_URL": "smtps://postbox:p%40ss@mail.example",
        "MARKET_MAIL_FROM": "市场 <market@example.org>",
        "MARKET_TRUSTED_PROXIES": "10.0.0.1, 2001:db8::/32",
        "MARKET_POOL_SIZE": "8",
        "MARKET_STATEMENT_TIMEOUT_MS": "250",
        "MARKET_LOG_LEVEL": "WARNING",
        "MARKET_COOKIE_SECURE": "false",
        "MARKET_PASSWORD_COST": "cheap",
        "MARKET_UPLOAD_LIMIT_BYTES": "2048",
        "MARKET_METRICS_TOKEN": "a-token-of-prometheus",
    }
    loaded = settings.load(ALL_FOUR | given)
    assert loaded.database_url == URL
    assert loaded.smtp is not None
    assert (loaded.smtp.port, loaded.smtp.tls, loaded.smtp.password) == (465, True, "p@ss")
    assert [str(network) for network in loaded.trusted_proxies] == ["10.0.0.1/32", "2001:db8::/32"]
    assert loaded.public_url == "https://market.example"
    assert (loaded.log_level, loaded.cookie_secure) == ("warning", False)


def test_all_faults_are_told_at_once() -> None:
    told = faults_of(
        {
            "MARKET_PORT": "70000",
            "MARKET_POOL_SIZE": "three",
            "MARKET_PUBLIC_URL": "market.example",
            "MARKET_TRUSTED_PROXIES": "everyone",
            "MARKET_SMTP_URL": "http://mail.example",
            "MARKET_LOG_LEVEL": "loud",
            "DATABASE_URL": "mysql://db/market",
        }
    )
    assert {
        "MARKET_PORT",
        "MARKET_POOL_SIZE",
        "MARKET_PUBLIC_URL",
        "MARKET_TRUSTED_PROXIES",
        "MARKET_SMTP_URL",
        "MARKET_LOG_LEVEL",
        "DATABASE_URL",
        "WORKER_DATABASE_URL",
    } <= told.keys()


def test_a_misspelt_variable_is_a_fault_with_a_suggestion() -> None:
    assert "MARKET_PORT?" in faults_of({"MARKET_PROT": "8000"})["MARKET_PROT"]


SERVING = ("DATABASE_URL", "WORKER_DATABASE_URL")


@pytest.mark.parametrize("missing", SERVING)
def test_an_address_of_the_database_calls_for_those_that_serve(missing: str) -> None:
    given = {name: url for name, url in ALL_FOUR.items() if name != missing}
    assert list(faults_of(given)) == [missing]
    assert list(faults_of({"MIGRATE_DATABASE_URL": URL})) == list(SERVING)


def test_serving_needs_neither_the_owner_nor_the_auditor() -> None:
    loaded = settings.load({name: ALL_FOUR[name] for name in SERVING})
    assert (loaded.auditor_database_url, loaded.migrate_database_url) == (None, None)


@pytest.mark.parametrize(
    "token", ["short", "sixteen or more, but with spaces", "十六个以上的汉字不可以作为令牌使用"]
)
def test_a_token_for_metrics_is_long_and_can_be_sent(token: str) -> None:
    assert list(faults_of({"MARKET_METRICS_TOKEN": token})) == ["MARKET_METRICS_TOKEN"]


def test_a_mail_relay_needs_a_sender() -> None:
    assert list(faults_of({"MARKET_SMTP_URL": "smtp://mail.example"})) == ["MARKET_MAIL_FROM"]


@pytest.mark.parametrize("url", ["postgresql://db:x/market", "postgresql://db"])
def test_an_impossible_database_address_is_a_fault_and_not_a_crash(url: str) -> None:
    assert "DATABASE_URL" in faults_of(ALL_FOUR | {"DATABASE_URL": url})


@pytest.mark.parametrize(
    ("public_url", "secure"),
    [
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://market.example", True),
        ("https://localhost", True),
    ],
)
def test_cookies_are_secure_unless_the_market_is_plain_http_on_this_machine(
    public_url: str, secure: bool
) -> None:
    assert settings.load({"MARKET_PUBLIC_URL": public_url}).cookie_secure is secure


def test_an_empty_value_counts_as_not_given() -> None:
    assert settings.load({"MARKET_PORT": " ", "DATABASE_URL": ""}).port == 8000


def test_neither_settings_nor_faults_show_a_password() -> None:
    loaded = settings.load(ALL_FOUR)
    told = faults_of({"DATABASE_URL": "mysql://me:secret@db/market"})
    assert "secret" not in f"{loaded} {loaded.smtp} {told}"
