"""The whole story, chapter after chapter, and the closing account of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from market.demo import (
    banking,
    bidding,
    billing,
    cataloguing,
    city,
    closing,
    dealing,
    founding,
    requesting,
)
from market.demo.client import Journal, Tell
from market.demo.stage import Mails, Stage

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
    ("九、评审与定标 Judging and awards", bidding.decide),
)
# Under it stands the closing account.
RESULT: Final = "十、结果 The result"


async def play(base_url: str, journal: Path, *, mails: Mails, tell: Tell) -> None:
    """Play what is not played yet against a market that has its two administrators.

    ``mails`` reads the newest mails to an address; ``tell`` is given each line of progress.
    """
    stage = Stage(base_url, Journal(journal), mails, tell)
    for administrator in city.ADMINISTRATORS:
        stage.introduce(administrator.key, administrator.email)
    try:
        for title, chapter in CHAPTERS:
            tell(f"\n{title}")
            await chapter(stage)
        tell(f"\n{RESULT}")
        await closing.play(stage)
    finally:
        await stage.leave()
