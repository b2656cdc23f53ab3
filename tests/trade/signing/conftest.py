"""The same stage as in the tests of contracts: one cast a module, each test undone."""

from tests.trade.contracts.conftest import conn, people

__all__ = ["conn", "people"]
