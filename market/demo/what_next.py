"""What a reader can do once the story is told and the market serves on."""

from __future__ import annotations

import sys
from typing import Final

from market.demo import city
from market.demo.stage import Stage

BUYER: Final = f"e03.buyer@{city.DOMAIN}"
FINANCE: Final = "ax.finance"
IN_JSON: Final = "-H 'Content-Type: application/json'"
CSRF: Final = '-H "X-CSRF-Token: $TOKEN"'


def tell_next(stage: Stage) -> None:
    """Addresses to open, and two people to be, with each command as it can be typed."""
    here = stage.base_url
    stage.tell("\n接下来 What next")
    stage.tell(f"  浏览器打开 open in a browser: {here}/docs 接口文档 the API")
    stage.tell(f"  浏览器打开 open in a browser: {here}/problems 全部错误代码 every error code")
    stage.tell("  在另一个终端登录 sign in, in another terminal:")
    tell_buyer(stage)
    tell_finance(stage)


def tell_buyer(stage: Stage) -> None:
    """The chargeback that was lost left an invoice to be paid again."""
    here, invoice_id = stage.base_url, stage.ids["invoice FW-04 1"]
    stage.tell(
        "  甲、买方采购丙：拒付败诉后 FW-04 第 1 期重新待付，可再刷一次卡 "
        "as the buyer, pay again what the lost chargeback left open"
    )
    sign_in(stage, BUYER)
    said = f'{{"invoice_ids": ["{invoice_id}"]}}'
    stage.tell(
        f"    curl -sb jar {CSRF} {IN_JSON} -H 'Idempotency-Key: again-1' "
        f"-d '{said}' {here}/v1/online-payments"
    )
    stage.tell(
        "    片刻后打开下面第一笔的 pay_url，选一张测试卡 "
        "after a moment, open the pay_url of the first below and choose a test card"
    )
    stage.tell(f"    curl -sb jar {here}/v1/invoices/{invoice_id}/online-payments")


def tell_finance(stage: Stage) -> None:
    here, secret = stage.base_url, stage.secret_of(FINANCE)
    stage.tell(
        "  乙、财务丙：看 Stripe 明细和试算平衡表，须出示动态口令 "
        "as finance, read Stripe's lines and the trial balance, with a one-time code"
    )
    sign_in(stage, f"{FINANCE}@{city.DOMAIN}")
    stage.tell(
        f"    CODE=$({sys.executable} -c \"import pyotp; print(pyotp.TOTP('{secret}').now())\")"
    )
    stage.tell(
        f"    curl -sb jar -X PUT {CSRF} {IN_JSON} "
        f"-d '{{\"code\": \"'$CODE'\"}}' {here}/v1/session/second-factor"
    )
    stage.tell(
        "    动态口令只能用一次，演示也用过：答为 wrong_code 的，等半分钟再试 "
        "a code counts once, and the demonstration has used some: at wrong_code, wait half a minute"
    )
    for what in ("stripe-lines", "trial-balance"):
        stage.tell(f"    curl -sb jar {here}/v1/units/{stage.ids['AX']}/{what}")


def sign_in(stage: Stage, email: str) -> None:
    said = f'{{"email": "{email}", "password": "{city.PASSWORD}"}}'
    stage.tell(
        f"    TOKEN=$(curl -sc jar {IN_JSON} -d '{said}' {stage.base_url}/v1/session | "
        'sed \'s/.*"csrf_token":"\\([^"]*\\)".*/\\1/\')'
    )
