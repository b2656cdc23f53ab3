"""The closing account: revenue by kind, the trial balance, what is in suspense and why."""

from __future__ import annotations

from typing import Final

from market.demo import city
from market.demo.bank_files import yuan
from market.demo.columns import left, right
from market.demo.stage import Stage

ROLES: Final = {
    "administrator": "管理员",
    "clerk": "经办",
    "tech_reviewer": "技术审核",
    "finance": "财务",
    "cashier": "出纳",
    "leader": "负责人",
    "signatory": "签署人",
    "auditor": "审计",
    "member": "会员",
    "buyer": "采购人",
    "payer": "付款人",
}
REVENUE: Final = {
    "consulting": "技术咨询",
    "service": "技术服务",
    "training": "技术培训",
    "transfer": "技术转让",
    "intermediary": "技术中介",
}
BOOKS: Final = (("JX", "jx.finance"), ("AX", "ax.finance"))


async def play(stage: Stage) -> None:
    for unit, finance in BOOKS:
        await tell_books(stage, unit, finance)
    tell_logins(stage)


async def tell_books(stage: Stage, unit: str, finance: str) -> None:
    reader = stage.person(finance)
    path = f"/v1/units/{stage.ids[unit]}"
    began = f"{stage.today:%Y-%m}"
    revenue = await reader.get(f"{path}/revenue", from_month=began)
    stage.tell(f"账套 books {unit} · {began} 起的四技收入 revenue by kind since then")
    for total in revenue["totals"]:
        kind = f"{REVENUE[total['kind']]} {total['kind']}"
        stage.tell(f"  {left(kind, 22)}{yuan(total['amount_minor']):>16}")
    balance = await reader.get(f"{path}/trial-balance")
    stage.tell(f"  {left('试算平衡表 trial balance', 40)}" + _columns("借方 debit", "贷方 credit"))
    for account in balance["accounts"]:
        closing = account["debit_minor"] - account["credit_minor"]
        if closing:
            debit, credit = (closing, 0) if closing > 0 else (0, -closing)
            name = f"{account['name_zh']} {account['kind']}"
            sides = _columns(yuan(debit) if debit else "", yuan(credit) if credit else "")
            stage.tell(f"  {left(name, 40)}{sides}")
    for total in balance["totals"]:
        sides = _columns(yuan(total["debit_minor"]), yuan(total["credit_minor"]))
        stage.tell(f"  {left('合计 total', 40)}{sides}  {total['currency']}")
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
    return right(debit, 16) + right(credit, 18)


def tell_logins(stage: Stage) -> None:
    """Everybody who can sign in, and what shows the one-time codes of those who need one."""
    stage.tell(f"\n登录 logins · 密码 password {city.PASSWORD}")
    for person in (*city.ADMINISTRATORS, *city.PEOPLE, *city.BUYERS):
        roles = "、".join(ROLES[role] for role in person.roles)
        stage.tell(
            f"  {left(person.email, 30)}{left(person.name, 10)}{left(person.home, 5)}"
            f"{roles} {' · '.join(person.roles)}"
        )
        secret = stage.secret_of(person.key)
        if secret is not None:
            stage.tell(f"{'':>32}动态口令密钥 TOTP secret {secret}")
    managers = list(city.MANAGERS.values())
    stage.tell(
        f"  {managers[0]}@{city.DOMAIN} … {managers[-1]}@{city.DOMAIN}  "
        "十家企业的管理人 the managers of the ten enterprises"
    )
    if stage.days_off:
        stage.tell(
            f"市场时间比本机快 {stage.days_off} 天，动态口令按市场时间计算 the market's "
            "time is ahead of this machine's by so many days, and one-time codes go by it"
        )
