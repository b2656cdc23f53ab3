"""The bank speaks: statements as real files, what matches by itself, and what people match."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from market.demo.bank_files import Line, camt053, icbc_csv, yuan
from market.demo.closing import BOOKS, tell_suspense
from market.demo.stage import Stage, id_of

JX_ACCOUNT: Final = "4402208009100012345"
AX_ACCOUNT: Final = "4402208009100067890"
# Why a line is matched by hand.
BY_HAND: Final = {
    "short by a charge": "差额为银行手续费",
    "no remark": "无附言",
    "another payer": "他人代付",
    "over-payment": "多付",
}
OPENING_MINOR: Final = 50_000_00


async def play(stage: Stage) -> None:
    await open_account(stage, "JX", "jx", JX_ACCOUNT, "锦川市职工技术协会")
    await open_account(stage, "AX", "ax", AX_ACCOUNT, "安溪市职工技协")
    today = stage.today
    csv_file = icbc_csv(JX_ACCOUNT, "锦川市职工技术协会", OPENING_MINOR, jx_lines(stage, today))
    await take_in(stage, "JX", "jx.finance", "statement JX", ("网银明细.csv", csv_file, "text/csv"))
    again = ("网银明细-重复.csv", csv_file, "text/csv")
    await take_in(stage, "JX", "jx.finance", "statement JX again", again)
    camt = camt053(AX_ACCOUNT, "AX-2026-0001", OPENING_MINOR, ax_lines(stage, today))
    await take_in(stage, "AX", "ax.finance", "statement AX", ("ax.xml", camt, "application/xml"))
    if "match over-payment" not in stage.journal.done:
        for unit, finance in BOOKS:
            await tell_suspense(stage, unit, finance)
    await match_by_hand(stage)


async def open_account(stage: Stage, unit: str, prefix: str, number: str, holder: str) -> None:
    """Proposed by finance, approved by the leader; so is what stood on it at the start."""
    finance, leader = stage.person(f"{prefix}.finance"), stage.person(f"{prefix}.leader")
    account = await finance.post(
        f"bank account {unit}",
        f"/v1/units/{stage.ids[unit]}/bank-accounts",
        {"name": holder, "bank": "中国工商银行", "number": number},
    )
    stage.ids[f"account {unit}"] = id_of(account)
    await leader.put(f"approve bank account {unit}", f"/v1/bank-accounts/{id_of(account)}/approval")
    opening = await finance.post(
        f"opening balance {unit}",
        f"/v1/units/{stage.ids[unit]}/opening-balance",
        {
            "as_of": stage.today.replace(month=1, day=1).isoformat(),
            "balances": [
                {
                    "kind": "bank",
                    "subject": id_of(account),
                    "currency": "CNY",
                    "balance_minor": OPENING_MINOR,
                }
            ],
        },
    )
    await leader.put(
        f"approve opening balance {unit}", f"/v1/opening-balances/{id_of(opening)}/approval"
    )


def jx_lines(stage: Stage, on: date) -> list[Line]:
    """Each case that a clerk meets: exact, two at once, short, no remark, another payer."""
    code = stage.codes
    two = f"{code['invoice FW-01 2']} {code['invoice FW-01 3']}"
    return [
        Line(
            on, 25_800_00, "锦川轧钢有限公司", "6222001", f"修复款 {code['invoice FW-01 1']}", "R01"
        ),
        Line(on, 60_200_00, "锦川轧钢有限公司", "6222001", f"两期 {two}", "R02"),
        Line(on, 12_475_00, "锦川精铸机床厂", "6222002", code["invoice FW-02 1"], "R03"),
        Line(on, 25_000_00, "锦川精铸机床厂", "6222002", "", "R04"),
        Line(on, 24_000_00, "锦川航空集团财务公司", "6222099", code["invoice PX-01 1"], "R05"),
        Line(on, 5_000_00, "不详", "6222777", "货款", "R06"),
    ]


def ax_lines(stage: Stage, on: date) -> list[Line]:
    """Five hundred too much: it becomes the enterprise's credit."""
    remark = f"转让费 {stage.codes['invoice ZR-01 1']}"
    return [Line(on, 180_500_00, "川南水泥有限公司", "6222003", remark, "A01")]


async def take_in(
    stage: Stage, unit: str, finance: str, act: str, file: tuple[str, bytes, str]
) -> None:
    path = f"/v1/bank-accounts/{stage.ids[f'account {unit}']}/statements"
    taken = await stage.person(finance).upload(act, path, file)
    stage.tell(
        f"对账单 statement {file[0]}: 新增 new {taken['new_count']} · "
        f"已有 known {taken['known_count']} · "
        f"自动匹配 matched {taken['matched_count']} · 待查 in suspense {taken['suspense_count']}"
        f"{' · 同一文件 the same file' if taken['repeated'] else ''}"
    )
    for outcome in taken["outcomes"]:
        if outcome["match_id"] and not taken["repeated"]:
            count = len(outcome["invoice_ids"])
            stage.tell(
                f"  自动 by itself {yuan(outcome['amount_minor']):>12} → 请款单 invoices {count}"
            )


async def match_by_hand(stage: Stage) -> None:
    finance = stage.person("jx.finance")
    lines = await lines_of(stage, "JX", "jx.finance")
    ids = stage.ids
    await match(stage, "jx.finance", "short by a charge", lines["R03"], allocations=[
        {"invoice_id": ids["invoice FW-02 1"], "amount_minor": 12_475_00, "charge_minor": 25_00}
    ])  # fmt: skip
    await match(stage, "jx.finance", "no remark", lines["R04"], allocations=[
        {"invoice_id": ids["invoice FW-02 2"], "amount_minor": 25_000_00}
    ])  # fmt: skip
    other_payer = await match(stage, "jx.finance", "another payer", lines["R05"], allocations=[
        {"invoice_id": ids["invoice PX-01 1"], "amount_minor": 24_000_00}
    ])  # fmt: skip
    await stage.person("jx.finance2").put(
        "confirm another payer", f"/v1/matches/{id_of(other_payer)}/confirmation"
    )
    ax_line = (await lines_of(stage, "AX", "ax.finance"))["A01"]
    await match(
        stage,
        "ax.finance",
        "over-payment",
        ax_line,
        allocations=[{"invoice_id": ids["invoice ZR-01 1"], "amount_minor": 180_000_00}],
        rest={"to": "customer_credit", "amount_minor": 500_00, "organisation_id": ids["E03"]},
    )
    paid = await finance.get("/v1/invoices", state="paid", limit=100)
    stage.tell(f"已付清 invoices paid {len(paid['items'])}")


async def lines_of(stage: Stage, unit: str, finance: str) -> dict[str, Any]:
    """The bank lines of a unit's account by the bank's own reference."""
    page = await stage.person(finance).get(
        "/v1/bank-lines", account_id=stage.ids[f"account {unit}"], limit=100
    )
    return {line["bank_reference"]: line for line in page["items"]}


async def match(stage: Stage, finance: str, act: str, line: Any, **what: Any) -> Any:
    made = await stage.person(finance).post(
        f"match {act}", f"/v1/bank-lines/{line['id']}/match", what
    )
    stage.tell(f"人工匹配 matched by hand: {yuan(line['amount_minor'])}（{BY_HAND[act]} {act}）")
    return made
