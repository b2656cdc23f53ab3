"""Documents that were set lately, kept for a while: as many as fit into so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock


class Kept:
    """PDFs by their tags; what was asked for longest ago goes first."""

    def __init__(self, *, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.size_bytes = 0
        self._pdfs: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def find(self, tag: str) -> bytes | None:
        with self._lock:
            pdf = self._pdfs.get(tag)
            if pdf is not None:
                self._pdfs.move_to_end(tag)
            return pdf

    def keep(self, tag: str, pdf: bytes) -> None:
        if len(pdf) > self.most_bytes:
            return
        with self._lock:
            self.size_bytes += len(pdf) - len(self._pdfs.pop(tag, b""))
            self._pdfs[tag] = pdf
            while self.size_bytes > self.most_bytes:
                _, oldest = self._pdfs.popitem(last=False)
                self.size_bytes -= len(oldest)

    def clear(self) -> None:
        with self._lock:
            self._pdfs.clear()
            self.size_bytes = 0
