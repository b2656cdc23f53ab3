"""Invoices: an instalment becomes a request for payment as soon as its trigger is reached."""

from __future__ import annotations

from typing import Any

from market.demo.bank_files import yuan
from market.demo.dealing import DEALS, EVIDENCE, Deal, name
from market.demo.stage import Stage, id_of

FINANCE = {"JJ": "jx.finance", "JX": "jx.finance", "AX": "ax.finance"}


async def play(stage: Stage) -> None:
    """Everything has been accepted by now, so every instalment can be invoiced."""
    for deal in DEALS:
        if deal.exemption:
            await record_recognition(stage, deal)
        await bill(stage, deal)
    await fapiao(stage)


async def bill(stage: Stage, deal: Deal) -> None:
    """All its instalments, each with its share of the contract's VAT."""
    contract = await stage.person(deal.buyer).get(f"/v1/contracts/{stage.ids[name(deal)]}")
    issued = [await issue(stage, deal, instalment) for instalment in contract["instalments"]]
    if issued:
        shown = " + ".join(yuan(invoice["vat_minor"]) for invoice in issued)
        total = yuan(sum(invoice["vat_minor"] for invoice in issued))
        stage.tell(f"请款单 invoices {deal.code}: 税额 VAT {shown} = {total}")


async def record_recognition(stage: Stage, deal: Deal) -> None:
    """An exempt invoice stands on the number that the authority gave the contract."""
    finance = stage.person(FINANCE[deal.cast])
    paper = await finance.upload(
        f"recognition paper {deal.code}",
        "/v1/files",
        ("认定登记证明.pdf", EVIDENCE, "application/pdf"),
    )
    await finance.put(
        f"recognition {deal.code}",
        f"/v1/contracts/{stage.ids[name(deal)]}/recognition",
        {
            "number": "2026510100ZR0001",
            "recognised_on": stage.today.isoformat(),
            "file_id": id_of(paper),
        },
    )


async def issue(stage: Stage, deal: Deal, instalment: Any) -> Any:
    label = f"invoice {deal.code} {instalment['position']}"
    invoice = await stage.person(FINANCE[deal.cast]).post(
        label, f"/v1/instalments/{instalment['id']}/invoices"
    )
    stage.ids[label] = id_of(invoice)
    stage.codes[label] = invoice["payment_code"]
    return invoice


async def fapiao(stage: Stage) -> None:
    """The buyer asks for a fapiao of the first instalment; finance records the issued one."""
    requested = await stage.person("e01.buyer").post(
        "request fapiao",
        f"/v1/invoices/{stage.ids['invoice FW-01 1']}/fapiao-requests",
        {"type": "special", "title": "锦川轧钢有限公司", "uscc": "91510100TEXT0101XB"},
    )
    finance = stage.person("jx.finance")
    paper = await finance.upload(
        "fapiao file", "/v1/files", ("发票.pdf", EVIDENCE, "application/pdf")
    )
    await finance.put(
        "issue fapiao",
        f"/v1/fapiao/{id_of(requested)}/issue",
        {
            "number": "26512000000012345678",
            "issued_on": stage.today.isoformat(),
            "file_id": id_of(paper),
        },
    )
    stage.tell("发票 fapiao: FW-01 第 1 期已开 instalment 1 issued")
