"""What is legal is no fault."""

from __future__ import annotations

from market.auditor import audit
from market.base.embedded import Dsns


async def test_a_market_in_which_everything_has_happened_is_without_fault(original: Dsns) -> None:
    report = await audit.run(original.auditor)
    assert [f"{f.invariant} {f.table} {f.id}: {f.found}" for f in report.faults] == []
    assert report.unsealed == 0
    assert report.head is not None
    assert report.head.startswith("1:")
