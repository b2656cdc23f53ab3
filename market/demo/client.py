"""People at the API: each signs in with a browser's cookies, each act is done exactly once.

Every act has a name in the story. Its name makes the Idempotency-Key, and what the server
acknowledged is journalled under it, so that a second run finds instead of repeating, and a run
whose server died goes on when the server is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import pyotp

GIVE_UP_SECONDS: Final = 90
PAUSE_SECONDS: Final = 0.25
BUSY: Final = frozenset({429, 502, 503, 504})

Tell: TypeAlias = Callable[[str], None]
Enter: TypeAlias = "Callable[[Visitor], Awaitable[None]]"


def hosts_now() -> datetime:
    return datetime.now(UTC)


class Refused(Exception):
    """The market answered with a problem; the story expected none."""

    def __init__(self, act: str, answer: httpx.Response) -> None:
        self.problem: dict[str, Any] = _json(answer) or {}
        self.status = answer.status_code
        super().__init__(f"{act}: {answer.status_code} {answer.text[:800]}")

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))


class Journal:
    """What was acknowledged, one JSON line an act, on disk before the story goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, Any] = {}
        self._paths: dict[str, str] = {}
        if path.exists():
            whole = path.read_bytes().rpartition(b"\n")
            for line in whole[0].splitlines():
                entry = json.loads(line)
                self.done[entry["act"]] = entry["answer"]
            if whole[2]:  # a torn last line was never acted upon, and the next begins anew
                os.truncate(path, len(whole[0]) + len(whole[1]))

    def add(self, act: str, answer: Any) -> None:
        self.done[act] = answer
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # It holds what a sign-in takes: for the eyes of whoever plays alone, from the first byte.
        with open(self.path, "a", encoding="utf-8", opener=_private) as journal:
            journal.write(json.dumps({"act": act, "answer": answer}, ensure_ascii=False) + "\n")
            journal.flush()
            os.fsync(journal.fileno())

    def knows(self, act: str, path: str) -> bool:
        """Whether the act was acknowledged.

        Raises ValueError where its name is another path's, for then it would never be done.
        """
        if self._paths.setdefault(act, path) != path:
            raise ValueError(f"{act!r} is what {self._paths[act]} is called, and now {path}")
        return act in self.done


def _private(path: str, flags: int) -> int:
    handle = os.open(path, flags, 0o600)
    os.fchmod(handle, 0o600)  # of one that an earlier version left open to others, too
    return handle


class Visitor:
    """Somebody who talks to the API; signs in when there is first something to do."""

    def __init__(
        self,
        base_url: str,
        journal: Journal,
        enter: Enter,
        tell: Tell,
        now: Callable[[], datetime] = hosts_now,
    ) -> None:
        self.journal = journal
        self.now = now
        self.tell = tell
        self.http = httpx.AsyncClient(base_url=base_url, timeout=30)
        self.enter = enter
        self.entered = False
        self.waited_for: set[str] = set()
        self.csrf = ""

    async def sign_in(
        self, email: str, password: str, organisation_id: str | None, secret: str | None = None
    ) -> None:
        """``secret``: of the device that shows the second factor, once there is one."""
        login = {"email": email, "password": password}
        answer = await self._send("POST", "/v1/session", json=login)
        self._check("sign in", answer)
        self.csrf = answer.json()["csrf_token"]
        if secret is not None and answer.json()["second_factor"] == "due":
            await self._show_code(secret)
        if organisation_id is not None:
            choice = {"organisation_id": organisation_id}
            chosen = await self._send("PUT", "/v1/session/organisation", json=choice)
            self._check("choose the organisation", chosen)

    async def _show_code(self, secret: str) -> None:
        """A code that an earlier run has used counts no more: then wait for the next one."""
        path, interval = "/v1/session/second-factor", pyotp.TOTP(secret).interval
        answer = await self._send("PUT", path, json={"code": self.code_of(secret)})
        if answer.status_code == 403:
            self.tell("等待下一个动态口令 waiting for the next one-time code")
            await asyncio.sleep(interval - time.time() % interval + PAUSE_SECONDS)
            answer = await self._send("PUT", path, json={"code": self.code_of(secret)})
        self._check("show the second factor", answer)

    def code_of(self, secret: str) -> str:
        """What a device shows, whose clock is the market's."""
        return pyotp.TOTP(secret).at(self.now())

    async def get(self, path: str, **query: Any) -> Any:
        await self._come_in()
        answer = await self._send("GET", path, params=query)
        self._check(path, answer)
        return _json(answer)

    async def download(self, path: str) -> bytes:
        await self._come_in()
        answer = await self._send("GET", path)
        self._check(path, answer)
        return answer.content

    async def act(self, name: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Do the act called ``name`` unless it is done; returns what was answered."""
        if self.journal.knows(name, path):
            return self.journal.done[name]
        await self._come_in()
        key = {"Idempotency-Key": key_of(name)}
        answer = await self._send(method, path, json=body, headers={**key, **headers})
        self._check(name, answer)
        self.journal.add(name, _json(answer))
        return _json(answer)

    async def post(self, name: str, path: str, body: Any = None) -> Any:
        return await self.act(name, "POST", path, body)

    async def put(self, name: str, path: str, body: Any = None, version: int | None = None) -> Any:
        """With ``version`` of what was read in that one."""
        read = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.act(name, "PUT", path, body, **read)

    async def upload(self, name: str, path: str, file: tuple[str, bytes, str]) -> Any:
        if self.journal.knows(name, path):
            return self.journal.done[name]
        await self._come_in()
        key = {"Idempotency-Key": key_of(name)}
        answer = await self._send("POST", path, files={"file": file}, headers=key)
        self._check(name, answer)
        self.journal.add(name, _json(answer))
        return _json(answer)

    async def patch(self, name: str, path: str, body: Any, version: int) -> Any:
        """An edit of the version that was read."""
        return await self.act(name, "PATCH", path, body, **{"If-Match": f'"{version}"'})

    async def _come_in(self) -> None:
        if not self.entered:
            self.entered = True
            await self.enter(self)

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Send, and again while the server is away; the key makes a repetition harmless."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        headers = {"Accept-Language": "zh-CN", "X-CSRF-Token": self.csrf, **what.pop("headers", {})}
        if what.get("json") is None:
            what.pop("json", None)
        while True:
            try:
                answer = await self.http.request(method, path, headers=headers, **what)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                in_progress = answer.status_code == 409 and "in_progress" in answer.text
                if answer.status_code not in BUSY and not in_progress:
                    return answer
                if time.monotonic() > deadline:
                    return answer
                self._tell_once(answer)
            await asyncio.sleep(PAUSE_SECONDS)

    def _tell_once(self, answer: httpx.Response) -> None:
        """Whoever asked too often waits long enough to wonder."""
        path = answer.request.url.path
        if answer.status_code == 429 and path not in self.waited_for:
            self.waited_for.add(path)
            self.tell(f"请求过于频繁，稍候再试 too many requests, waiting: {path}")

    def _check(self, act: str, answer: httpx.Response) -> None:
        if answer.status_code >= 400:
            raise Refused(act, answer)

    async def leave(self) -> None:
        await self.http.aclose()


def key_of(act: str) -> str:
    """The Idempotency-Key of an act: the same at every run."""
    return f"demo-{hashlib.sha256(act.encode()).hexdigest()[:32]}"


def _json(answer: httpx.Response) -> Any:
    if not answer.content or "json" not in answer.headers.get("content-type", ""):
        return None
    return answer.json()
