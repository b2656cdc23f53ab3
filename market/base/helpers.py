"""Processes that work for this one: each does what it is asked, one thing after another.

Unlike an executor's, each can be asked by itself: what it holds from one time to the next, such as
a connection, is opened and closed in it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Final, ParamSpec, TypeVar

from market.base.settings import StartFault

T = TypeVar("T")
P = ParamSpec("P")

# They need all that is imported here; hence they are forked where that is possible.
HOW: Final = "fork" if "fork" in multiprocessing.get_all_start_methods() else None


class HelperLost(StartFault):
    """A process ended before it answered."""

    def __init__(self) -> None:
        super().__init__(
            "一个辅助进程意外结束，可能是内存不足。请检查内存后重新运行同一命令。",
            "A helping process ended unexpectedly, perhaps for lack of memory. Check the memory, "
            "then run the same command again.",
        )


class Helper:
    """Does one thing at a time; whoever asks meanwhile waits, also for what nobody awaits."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._asking = threading.Lock()

    async def ask(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What ``work`` returns there, or raises: it is found by its name, and pickled."""
        answer: T = await asyncio.to_thread(self._ask, work, given, named)
        return answer

    def _ask(self, *asked: Any) -> Any:
        with self._asking:
            try:
                self._pipe.send(asked)
                answer, fault = self._pipe.recv()
            except (EOFError, OSError) as gone:
                raise HelperLost from gone
        if fault is not None:
            raise fault
        return answer

    def dismiss(self) -> None:
        """When it has done what it was asked."""
        with self._asking, self._pipe, suppress(OSError):
            self._pipe.send(None)


@contextmanager
def processes(count: int, begin: Callable[[], None]) -> Iterator[Sequence[Helper]]:
    """So many of them, each of which begins with ``begin``; before any thread runs here."""
    context = multiprocessing.get_context(HOW)
    with ExitStack() as leaving:
        yield [_started(context.Process, leaving, begin) for _ in range(count)]


@contextmanager
def thread() -> Iterator[Sequence[Helper]]:
    """A single one that shares this process, for tests."""
    with ExitStack() as leaving:
        yield [_started(threading.Thread, leaving, _nothing)]


def _started(kind: Callable[..., Any], leaving: ExitStack, begin: Callable[[], None]) -> Helper:
    ours, theirs = multiprocessing.Pipe()
    apart = kind is not threading.Thread
    worker = kind(target=_work, args=(theirs, begin, apart))
    worker.start()
    if apart:
        theirs.close()  # so that its end is seen here
    helper = Helper(ours)
    leaving.callback(worker.join)
    leaving.callback(helper.dismiss)
    return helper


def _work(pipe: Connection, begin: Callable[[], None], apart: bool) -> None:
    if apart:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    begin()
    with pipe:
        try:
            while (asked := pipe.recv()) is not None:
                pipe.send(_answer(*asked))
        except (EOFError, KeyboardInterrupt):
            return


def _answer(work: Callable[..., Any], given: Any, named: Any) -> tuple[Any, Exception | None]:
    try:
        return work(*given, **named), None
    except Exception as fault:
        fault.add_note("".join(traceback.format_exception(fault)))
        return None, fault


def _end_with_parent() -> None:
    """A parent that is killed tells its children nothing: they would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "helpers are children"
    parent.join()
    os._exit(1)


def _nothing() -> None:
    pass
