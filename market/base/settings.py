"""Settings come from the environment, and every fault in them is told at once."""

import difflib
import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from market.base.stripe_accounts import StripeAccount
from market.base.variables import DATABASES, VARIABLES, Network, Smtp, Wrong


class StartFault(Exception):
    """The program cannot start or go on as it was asked to; `market` prints it and exits with 2."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en


class SettingFault(NamedTuple):
    name: str
    zh: str
    en: str


class SettingsFaults(StartFault, ValueError):
    """All faults of one environment."""

    def __init__(self, faults: Iterable[SettingFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "\n".join(f"{fault.name}：{fault.zh}" for fault in self.faults),
            "\n".join(f"{fault.name}: {fault.en}" for fault in self.faults),
        )


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One process's settings; without database addresses the embedded database is meant.

    Serving needs the first two; who has the others may audit, migrate, back up and restore.
    """

    database_url: str | None
    worker_database_url: str | None
    auditor_database_url: str | None
    migrate_database_url: str | None
    data: Path
    host: str
    port: int
    public_url: str
    smtp: Smtp | None
    mail_from: str | None
    stripe_accounts: tuple[StripeAccount, ...]
    trusted_proxies: tuple[Network, ...]
    pool_size: int
    statement_timeout_ms: int
    request_timeout_seconds: int
    log_level: Literal["debug", "info", "warning", "error"]
    cookie_secure: bool
    password_cost: Literal["strong", "cheap"]
    upload_limit_bytes: int
    statement_limit_bytes: int
    metrics_token: str | None

    def __repr__(self) -> str:
        """Say where, never with which password."""
        base = "embedded" if self.database_url is None else "given"
        return f"Settings(database={base}, data={str(self.data)!r}, public_url={self.public_url!r})"


_SERVING: Final = ("DATABASE_URL", "WORKER_DATABASE_URL")


def load(environ: Mapping[str, str]) -> Settings:
    """Read the environment; an empty value counts as not given. Raises SettingsFaults."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    values, faults = _read(given)
    faults += _unknown(given) + _incomplete(given)
    if faults:
        raise SettingsFaults(faults)
    return Settings(**_derived(values))


def _read(given: Mapping[str, str]) -> tuple[dict[str, Any], list[SettingFault]]:
    values: dict[str, Any] = {}
    faults: list[SettingFault] = []
    for variable in VARIABLES:
        text = given.get(variable.name, variable.default)
        try:
            values[variable.field] = variable.read(text) if text else None
        except Wrong as wrong:
            faults.append(SettingFault(variable.name, wrong.zh, wrong.en))
    return values, faults


def _unknown(given: Mapping[str, str]) -> list[SettingFault]:
    known = [variable.name for variable in VARIABLES]
    return [
        _unknown_fault(name, difflib.get_close_matches(name, known, n=1))
        for name in sorted(given)
        if name.startswith("MARKET_") and name not in known
    ]


def _unknown_fault(name: str, near: list[str]) -> SettingFault:
    zh = f"没有这个设置，是否为 {near[0]}？" if near else "没有这个设置。"
    en = f"is not a setting; did you mean {near[0]}?" if near else "is not a setting."
    return SettingFault(name, zh, en)


def _incomplete(given: Mapping[str, str]) -> list[SettingFault]:
    faults = [
        SettingFault(
            name,
            "给出任何一个数据库地址时，都须同时给出此项。",
            "is required when any database address is given.",
        )
        for name in _SERVING
        if name not in given and not given.keys().isdisjoint(DATABASES)
    ]
    if "MARKET_SMTP_URL" in given and "MARKET_MAIL_FROM" not in given:
        faults.append(
            SettingFault(
                "MARKET_MAIL_FROM",
                "给出 MARKET_SMTP_URL 时必须给出发件人。",
                "is required when MARKET_SMTP_URL is given.",
            )
        )
    return faults


def _derived(values: dict[str, Any]) -> dict[str, Any]:
    values["trusted_proxies"] = values["trusted_proxies"] or ()
    values["stripe_accounts"] = values["stripe_accounts"] or ()
    values["public_url"] = values["public_url"] or _address(values["host"], values["port"])
    if values["cookie_secure"] is None:
        values["cookie_secure"] = not _is_plain_loopback(str(values["public_url"]))
    return values


def _address(host: object, port: object) -> str:
    return f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"


def _is_plain_loopback(public_url: str) -> bool:
    parts = urlsplit(public_url)
    if parts.scheme != "http" or parts.hostname is None:
        return False
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"
