"""At Stripe's: the payer before its page, and what a simulator lets happen by hand."""

from __future__ import annotations

from typing import Any, Final

import httpx

from market.demo.stage import Stage

DECLINED: Final = "4000000000000002"
ASKS_ITS_HOLDER: Final = "4000002760003184"
VISA: Final = "4242424242424242"
UNIONPAY: Final = "6200000000000005"
DAY_SECONDS: Final = 86_400


class StripeDesk:
    """The account of one unit at the simulator, reached over HTTP as its owner and payers do."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.key = stage.world.stripe_key
        self.http = httpx.AsyncClient(base_url=stage.world.stripe_url, timeout=30, trust_env=False)

    async def leave(self) -> None:
        await self.http.aclose()

    async def pay(self, page: str, number: str) -> None:
        """Type a card's number on the page; its bank is told yes where it asks its holder."""
        path = httpx.URL(page).path
        answer = await self.http.post(path, data={"type": "card", "number": number})
        if answer.status_code == httpx.codes.PAYMENT_REQUIRED:
            self.stage.tell(
                f"  银行卡被拒 card …{number[-4:]} declined，换一张卡 another card is tried"
            )
            return
        bank = answer.headers["location"]
        if "/authenticate/" in bank:
            self.stage.tell("  发卡行要求持卡人确认（3-D Secure），已确认 the bank asks: yes")
            await self.http.post(httpx.URL(bank).path, data={"passed": "yes"})

    async def listed(self, kind: str, **asked: str) -> list[Any]:
        """What the account has of a kind, the newest first."""
        login = {"Authorization": f"Bearer {self.key}"}
        answer = await self.http.get(f"/v1/{kind}", params=asked, headers=login)
        answer.raise_for_status()
        found: list[Any] = answer.json()["data"]
        return found

    async def balance_minor(self) -> int:
        """What there is in the account, available or not yet."""
        login = {"Authorization": f"Bearer {self.key}"}
        answer = await self.http.get("/v1/balance", headers=login)
        answer.raise_for_status()
        found = answer.json()
        return sum(part["amount"] for when in ("available", "pending") for part in found[when])

    async def order(self, act: str, **said: str) -> Any:
        """Let something happen that only a simulator can."""
        answer = await self.http.post(f"/_simulator/{act}", data=said)
        answer.raise_for_status()
        return answer.json()

    async def turn_to_market_day(self) -> None:
        """Whole days pass until it is the market's; on each Stripe pays out what is available."""
        now = (await self.order("clock"))["now"]
        days = round((self.stage.now().timestamp() - now) / DAY_SECONDS)
        if days > 0:
            await self.order("clock", seconds=str(days * DAY_SECONDS))

    async def charge_monthly_fee(self, amount_minor: int) -> None:
        if not await self.listed("balance_transactions", type="stripe_fee"):
            said = {"amount": str(amount_minor), "description": "Monthly fee"}
            await self.order("fees", key=self.key, **said)

    async def dispute(self, charge_id: str) -> str:
        """The payer's bank takes a charge back, once; the dispute's id."""
        found = await self.listed("disputes", charge=charge_id)
        made = found[0] if found else await self.order("disputes", key=self.key, charge=charge_id)
        return str(made["id"])

    async def judge(self, dispute_id: str, *, won: bool) -> None:
        [found] = [one for one in await self.listed("disputes") if one["id"] == dispute_id]
        if found["status"] not in ("won", "lost"):
            verdict = {"dispute": dispute_id, "won": str(won).lower()}
            await self.order("disputes/judge", key=self.key, **verdict)
