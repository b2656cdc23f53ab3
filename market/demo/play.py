"""The whole story, chapter after chapter, and the closing account of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from market.demo import (
    banking,
    bidding,
    billing,
    cards,
    cataloguing,
    city,
    closing,
    dealing,
    founding,
    requesting,
    what_next,
)
from market.demo.client import Journal, Tell
from market.demo.stage import Stage, World

Chapter = Callable[[Stage], Awaitable[None]]

CHAPTERS: Final[tuple[tuple[str, Chapter], ...]] = (
    ("一、组织与人员 The city comes together", founding.play),
    ("二、服务目录 The catalogue", cataloguing.play),
    ("三、企业需求 Enterprise requests", requesting.play),
    ("四、报价 Proposals", bidding.play),
    ("五、合同 Contracts", dealing.play),
    ("六、履行与验收 Work and acceptance", dealing.perform),
    ("七、请款与发票 Invoices", billing.play),
    ("八、银行流水与匹配 Bank statements and matching", banking.play),
    ("九、银行卡收款、退款与拒付 Cards, refunds and chargebacks", cards.play),
    ("十、评审与定标 Judging and awards", bidding.decide),
)
# Under it stands the closing account.
RESULT: Final = "十一、结果 The result"


async def play(
    base_url: str, journal: Path, *, world: World, tell: Tell, stays: bool = False
) -> None:
    """Play what is not played yet against a market that has its two administrators.

    ``tell`` is given each line of progress; ``stays``: the market serves on afterwards.
    """
    stage = Stage(base_url, Journal(journal), world, tell)
    for administrator in city.ADMINISTRATORS:
        stage.introduce(administrator.key, administrator.email)
    try:
        for title, chapter in CHAPTERS:
            tell(f"\n{title}")
            await chapter(stage)
        tell(f"\n{RESULT}")
        await closing.play(stage)
        if stays:
            what_next.tell_next(stage)
    finally:
        await stage.leave()
