"""The closing account: revenue by kind, the trial balance, what is in suspense and why."""

from __future__ import annotations

from typing import Final

from market.demo import city
from market.demo.dealing import yuan
from market.demo.stage import Stage

BOOKS: Final = (("JX", "jx.finance"), ("AX", "ax.finance"))


async def play(stage: Stage) -> None:
    for unit, finance in BOOKS:
        await tell_books(stage, unit, finance)
    tell_logins(stage)


async def tell_books(stage: Stage, unit: str, finance: str) -> None:
    reader = stage.person(finance)
    path = f"/v1/units/{stage.ids[unit]}"
    revenue = await reader.get(f"{path}/revenue")
    stage.tell(f"账套 books {unit} · 四技收入 revenue by kind")
    for total in revenue["totals"]:
        stage.tell(f"  {total['kind']:<14}{yuan(total['amount_minor']):>16}")
    balance = await reader.get(f"{path}/trial-balance")
    stage.tell("  试算平衡表 trial balance" + f"{'借方 debit':>28}{'贷方 credit':>16}")
    for account in balance["accounts"]:
        closing = account["debit_minor"] - account["credit_minor"]
        if closing:
            debit, credit = (closing, 0) if closing > 0 else (0, -closing)
            sides = _columns(yuan(debit) if debit else "", yuan(credit) if credit else "")
            stage.tell(f"  {account['kind']:<26}{sides}  {account['name_zh']}")
    for total in balance["totals"]:
        sides = _columns(yuan(total["debit_minor"]), yuan(total["credit_minor"]))
        stage.tell(f"  {'合计 total':<24}{sides}  {total['currency']}")
    receivables = await reader.get(f"{path}/receivables")
    for total in receivables["totals"]:
        stage.tell(
            f"  应收 open {yuan(total['open_minor'])} · 总账 ledger "
            f"{yuan(total['ledger_minor'])} · "
            f"差额 difference {yuan(total['difference_minor'])}"
        )
    await tell_suspense(stage, unit, finance)


async def tell_suspense(stage: Stage, unit: str, finance: str) -> None:
    """Every line that nothing explains yet, and why."""
    suspense = await stage.person(finance).get(f"/v1/units/{stage.ids[unit]}/suspense", limit=100)
    for line in suspense["items"]:
        zh = "；".join(reason["zh"] for reason in line["reasons"])
        en = "; ".join(reason["en"] for reason in line["reasons"])
        stage.tell(f"  待查款 in suspense {yuan(line['amount_minor']):>12}  {zh}\n{'':>35}{en}")


def _columns(debit: str, credit: str) -> str:
    return f"{debit:>16}{credit:>18}"


def tell_logins(stage: Stage) -> None:
    stage.tell(f"\n登录 logins · 密码 password {city.PASSWORD}")
    people = {person.key: person for person in (*city.PEOPLE, *city.BUYERS)}
    for key in (
        "jx.finance",
        "jx.cashier",
        "jx.leader",
        "ax.finance",
        "jx.auditor",
        "jj.clerk",
        "expert.a",
        "e01.buyer",
    ):
        person = people[key]
        secret = stage.secret_of(key)
        code = f" · 动态口令密钥 TOTP secret {secret}" if secret else ""
        stage.tell(f"  {person.email:<32}{person.name} {' · '.join(person.roles)}{code}")
    for administrator in city.ADMINISTRATORS:
        stage.tell(f"  {administrator.email:<32}{administrator.name} administrator")
