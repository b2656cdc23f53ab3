"""The variables of the environment: what each is for, and how its text is read.

`VARIABLES` is the only list of them: `settings.load` goes through it, README.md's table is made
from it.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from market.base.stripe_accounts import StripeAccount, UnreadableAccounts, read_accounts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Wrong(Exception):
    """The text of a variable cannot be read."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Smtp(msgspec.Struct, frozen=True):
    """A mail relay; `tls` says that the connection begins encrypted (smtps)."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"Smtp({self.host}:{self.port})"


def _database(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise Wrong(
            "应为 postgresql://用户:密码@主机:端口/数据库",
            "must read postgresql://user:password@host:port/database",
        )
    _port_of(parts)
    return text


def _port_of(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise Wrong("地址中的端口无效", "names an impossible port") from None


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise Wrong("应为主机名或 IP 地址", "must be a host name or an IP address")
    return text


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise Wrong(
                f"应为 {low} 到 {high} 之间的整数",
                f"must be a whole number from {low} to {high}",
            )
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise Wrong(
                f"应为其中之一：{'、'.join(words)}",
                f"must be one of {', '.join(words)}",
            )
        return text.lower()

    return read


def _yes(text: str) -> bool:
    return _one_of("true", "false")(text) == "true"


def _web(text: str) -> str:
    parts = urlsplit(text)
    _port_of(parts)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Wrong("应为 https://主机 形式的地址", "must be an address such as https://host")
    return text.rstrip("/")


def _smtp(text: str) -> Smtp:
    parts = urlsplit(text)
    port = _port_of(parts)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Wrong(
            "应为 smtp://用户:密码@主机:端口 或 smtps://…",
            "must read smtp://user:password@host:port or smtps://…",
        )
    tls = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname,
        port=port or (465 if tls else 587),
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+|[^<>\r\n]+ <[^\s@<>]+@[^\s@<>]+>", text):
        raise Wrong(
            "应为邮箱地址，例如 market@example.org",
            "must be a mailbox such as market@example.org",
        )
    return text


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise Wrong(
            "应为以逗号分隔的 IP 地址或网段",
            "must be IP addresses or networks, separated by commas",
        ) from None


def _secret(text: str) -> str:
    if not re.fullmatch(r"[!-~]{16,200}", text):
        raise Wrong(
            "应为 16 至 200 个可见的 ASCII 字符",
            "must be 16 to 200 visible ASCII characters",
        )
    return text


def _stripe_accounts(text: str) -> tuple[StripeAccount, ...]:
    try:
        return read_accounts(_folder(text))
    except UnreadableAccounts as fault:
        raise Wrong(fault.zh, fault.en) from fault


class Variable(NamedTuple):
    """One variable of the environment, and what a person must know of it."""

    name: str
    field: str
    default: str
    zh: str
    en: str
    read: Callable[[str], object]


VARIABLES: Final = (
    Variable(
        "DATABASE_URL",
        "database_url",
        "",
        "应用程序的数据库地址（角色 market_app）；须与 WORKER_DATABASE_URL 一同给出。"
        "不给时使用内嵌的 PostgreSQL 18。",
        "The application's database (role market_app), given together with WORKER_DATABASE_URL; "
        "without them, the embedded PostgreSQL 18 is used.",
        _database,
    ),
    Variable(
        "WORKER_DATABASE_URL",
        "worker_database_url",
        "",
        "后台任务的数据库地址（角色 market_worker）。",
        "The worker's database (role market_worker).",
        _database,
    ),
    Variable(
        "AUDITOR_DATABASE_URL",
        "auditor_database_url",
        "",
        "审计的数据库地址（角色 market_auditor）；只有 market check 需要。",
        "The auditor's database (role market_auditor); only market check needs it.",
        _database,
    ),
    Variable(
        "MIGRATE_DATABASE_URL",
        "migrate_database_url",
        "",
        "迁移、备份和恢复用的数据库地址（超级用户，或 market_owner 的成员）；"
        "不要给予运行中的服务。",
        "For migration, backup and restore (a superuser, or a member of market_owner); keep it "
        "from what serves.",
        _database,
    ),
    Variable(
        "MARKET_DATA",
        "data",
        "./.data",
        "数据文件夹：上传的文件在 files，内嵌数据库在 pg；"
        "second-factor.key 不在备份之内，请另行保管。",
        "The data folder: uploads in files, the embedded database in pg. No backup holds "
        "second-factor.key: keep a copy apart.",
        _folder,
    ),
    Variable(
        "MARKET_HOST",
        "host",
        "127.0.0.1",
        "监听的地址。",
        "The address listened on.",
        _host,
    ),
    Variable(
        "MARKET_PORT",
        "port",
        "8000",
        "监听的端口。",
        "The port listened on.",
        _whole(1, 65535),
    ),
    Variable(
        "MARKET_PUBLIC_URL",
        "public_url",
        "",
        "人们看到的地址，用于邮件中的链接；不给时为 http://监听地址:端口。",
        "The address that people see, for links in mails; without it, http://host:port.",
        _web,
    ),
    Variable(
        "MARKET_SMTP_URL",
        "smtp",
        "",
        "邮件服务器，smtp://（STARTTLS）或 smtps://；"
        "不给时邮件只存入数据库，用 market mails 查看；写成超过 3 天的邮件不再发出。",
        "The mail relay, smtp:// (STARTTLS) or smtps://; without it mails are only kept in the "
        "database and shown by market mails. What was written more than 3 days ago is not sent.",
        _smtp,
    ),
    Variable(
        "MARKET_MAIL_FROM",
        "mail_from",
        "",
        "发件人；给出 MARKET_SMTP_URL 时必填。",
        "The sender; required with MARKET_SMTP_URL.",
        _mailbox,
    ),
    Variable(
        "MARKET_STRIPE_ACCOUNTS",
        "stripe_accounts",
        "",
        "在线收款：列有各单位 Stripe 账户的文件（JSON，权限 600）；不给时只收银行转账。",
        "Payment online: a file with the units' Stripe accounts (JSON, mode 600); without it, bank "
        "transfers are the only way to pay.",
        _stripe_accounts,
    ),
    Variable(
        "MARKET_TRUSTED_PROXIES",
        "trusted_proxies",
        "",
        "可信的反向代理，以逗号分隔的地址或网段；只采信它们转来的 X-Forwarded-For。",
        "Trusted reverse proxies, addresses or networks separated by commas; X-Forwarded-For is "
        "believed from them only.",
        _networks,
    ),
    Variable(
        "MARKET_POOL_SIZE",
        "pool_size",
        "6",
        "每个进程的数据库连接数，4 到 8。",
        "Database connections of a process, 4 to 8.",
        _whole(4, 8),
    ),
    Variable(
        "MARKET_STATEMENT_TIMEOUT_MS",
        "statement_timeout_ms",
        "5000",
        "单条 SQL 的时限，毫秒。",
        "How long one statement may take, in milliseconds.",
        _whole(100, 600_000),
    ),
    Variable(
        "MARKET_REQUEST_TIMEOUT_SECONDS",
        "request_timeout_seconds",
        "60",
        "请求头和请求内容各须在多少秒内到齐。",
        "Within how many seconds a request's headers, and its body, have to arrive.",
        _whole(1, 3600),
    ),
    Variable(
        "MARKET_LOG_LEVEL",
        "log_level",
        "info",
        "日志级别：debug、info、warning、error。",
        "The log level: debug, info, warning, error.",
        _one_of("debug", "info", "warning", "error"),
    ),
    Variable(
        "MARKET_COOKIE_SECURE",
        "cookie_secure",
        "",
        "会话 Cookie 是否只经 HTTPS 发送，true 或 false；"
        "不给时为 true，公开地址为本机 http 时为 false。",
        "Whether the session cookie travels over HTTPS only, true or false; without it true, "
        "unless the public address is http on this machine.",
        _yes,
    ),
    Variable(
        "MARKET_PASSWORD_COST",
        "password_cost",
        "strong",
        "口令散列的强度：strong；cheap 只供测试。",
        "The cost of password hashing: strong; cheap is for tests only.",
        _one_of("strong", "cheap"),
    ),
    Variable(
        "MARKET_UPLOAD_LIMIT_BYTES",
        "upload_limit_bytes",
        str(20 * 1024 * 1024),
        "单个上传文件的上限，字节。",
        "The largest upload, in bytes.",
        _whole(1024, 1024**3),
    ),
    Variable(
        "MARKET_STATEMENT_LIMIT_BYTES",
        "statement_limit_bytes",
        str(128 * 1024 * 1024),
        "单个银行对账单文件的上限，字节。",
        "The largest bank statement, in bytes.",
        _whole(1024, 1024**3),
    ),
    Variable(
        "MARKET_METRICS_TOKEN",
        "metrics_token",
        "",
        "读取 /metrics 须出示的 Bearer 令牌；不给时只有本机可以直接读取。",
        "The bearer token that reads /metrics; without it, only this machine reads them, directly.",
        _secret,
    ),
)
DATABASES: Final = tuple(v.name for v in VARIABLES if v.read is _database)
