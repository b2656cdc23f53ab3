"""A clock and a database of its own for all tests of a module; each test is undone."""

from tests.trade.enterprise_requests.conftest import at, conn

__all__ = ["at", "conn"]
