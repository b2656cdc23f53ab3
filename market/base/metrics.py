"""How many requests there were, how long they took and how they ended, by route; for Prometheus."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from prometheus_client import Counter, Gauge, Histogram

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LABELS: Final = ("method", "path", "status_code")
FAULT: Final = 500

IN_PROGRESS: Final = Gauge("market_requests_in_progress", "Requests in progress")
TOTAL: Final = Counter("market_requests_total", "Requests", LABELS)
ERRORS: Final = Counter("market_requests_error_total", "Requests that met a fault of ours", LABELS)
DURATION: Final = Histogram("market_request_duration_seconds", "Duration in seconds", LABELS)


class _Route(NamedTuple):
    """The figures of one route, method and status."""

    total: Counter
    duration: Histogram
    errors: Counter | None


def began() -> None:
    IN_PROGRESS.inc()


def ended(method: str, template: str, status: int, seconds: float) -> None:
    """``template``: the route's path as it is written, never a caller's own; "" for no route."""
    IN_PROGRESS.dec()
    route = _route(method if method in METHODS else "other", template, status)
    route.total.inc()
    route.duration.observe(seconds)
    if route.errors is not None:
        route.errors.inc()


@lru_cache(maxsize=10_000)
def _route(method: str, template: str, status: int) -> _Route:
    labels = (method, template, str(status))
    errors = ERRORS.labels(*labels) if status >= FAULT else None
    return _Route(TOTAL.labels(*labels), DURATION.labels(*labels), errors)
