"""Contracts: ordered, drafted, reviewed by three people, signed by two, performed and accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from market.demo.bank_files import yuan
from market.demo.city import OFFERINGS
from market.demo.stage import Stage, id_of

EVIDENCE: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>"
    b"endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Part(NamedTuple):
    """A milestone and what is paid for it; ``paid_at`` is "signing" or "milestone"."""

    title: str
    price: int
    paid_at: str = "milestone"


class Deal(NamedTuple):
    """Who orders what from whom; prices in yuan."""

    code: str
    enterprise: str
    buyer: str
    cast: str
    parts: tuple[Part, ...]
    lines: tuple[tuple[str, int], ...] = ()
    attendees: tuple[str, ...] = ()
    statutory_class: str = "service"
    sub_class: str | None = None
    exemption: str | None = None


class Cast(NamedTuple):
    """Who acts for the providing unit; no two reviews fall to one person."""

    clerk: str
    technical: str
    finance: str
    leader: str


CASTS: Final = {
    "JJ": Cast("jj.clerk", "jj.tech", "jx.finance", "jx.leader"),
    "JX": Cast("jx.clerk", "jx.tech", "jx.finance", "jx.leader"),
    "AX": Cast("ax.clerk", "ax.tech", "ax.finance", "ax.leader"),
}

DEALS: Final = (
    Deal(
        "FW-01",
        "E01",
        "e01.buyer",
        "JJ",
        (
            Part("测量与方案", 25_800, "signing"),
            Part("喷涂与磨削", 43_000),
            Part("检验与交付", 17_200),
        ),
    ),
    Deal(
        "FW-02",
        "E02",
        "e02.buyer",
        "JJ",
        (Part("诊断", 12_500, "signing"), Part("修复与验证", 25_000)),
        lines=(("进口数控系统", 3),),
    ),
    Deal(
        "PX-01",
        "E04",
        "e04.buyer",
        "JJ",
        (Part("培训与考核", 24_000),),
        attendees=("学员甲", "学员乙", "学员丙", "学员丁", "学员戊"),
        sub_class="technical_training",
    ),
    Deal(
        "ZR-01",
        "E03",
        "e03.buyer",
        "AX",
        (Part("专利权转让与技术交底", 180_000, "signing"),),
        statutory_class="transfer",
        exemption="vat.exempt.technology_transfer",
    ),
    Deal("WC-01", "E10", "e10.buyer", "JX", (Part("技术帮困日", 0),)),
)
TITLES: Final = {offering.code: offering.title_en for offering in OFFERINGS}
STATES: Final = {"active": "履行中", "completed": "已完结"}
CANCELLED: Final = Deal("ZX-03", "E02", "e02.buyer", "JJ", ())


async def play(stage: Stage) -> None:
    for deal in DEALS:
        await conclude(stage, deal)
    await order(stage, CANCELLED)
    await stage.person(CANCELLED.buyer).put(
        f"cancel {CANCELLED.code}",
        f"/v1/contracts/{stage.ids[name(CANCELLED)]}/cancellation",
        {"reason": "车间搬迁推迟，暂不需要。The move is put off."},
    )
    stage.tell("已取消 cancelled: ZX-03")


async def perform(stage: Stage) -> None:
    """All the work, milestone after milestone, delivered with evidence and accepted."""
    for deal in DEALS:
        await complete(stage, deal)


async def conclude(stage: Stage, deal: Deal) -> None:
    """From the order to the second signature."""
    contract = await order(stage, deal)
    await draft(stage, deal, contract)
    await review(stage, deal)
    await sign(stage, deal)
    signed = await stage.person(deal.buyer).get(f"/v1/contracts/{stage.ids[name(deal)]}")
    stage.tell(
        f"合同 contract {signed['number']} {signed['subject']} {TITLES[deal.code]}: 总价 total "
        f"{yuan(signed['total_minor'])} = 净额 net {yuan(signed['net_minor'])} + "
        f"税额 VAT {yuan(signed['vat_minor'])}"
    )


async def complete(stage: Stage, deal: Deal) -> None:
    for position, _ in enumerate(deal.parts, 1):
        await work(stage, deal, position)
    done = await stage.person(deal.buyer).get(f"/v1/contracts/{stage.ids[name(deal)]}")
    stage.tell(f"已验收 accepted: {done['number']} · {STATES[done['state']]} {done['state']}")


def name(deal: Deal) -> str:
    return f"contract {deal.code}"


async def order(stage: Stage, deal: Deal) -> Any:
    contract = await stage.person(deal.buyer).post(
        f"order {deal.code}",
        f"/v1/offerings/{stage.ids[deal.code]}/orders",
        {
            "offering_version": 1,
            "reason": "原修复单位熟悉该设备，工期紧。They know the machine and time is short.",
            "buyer_reference": f"CG-2026-{deal.code}",
            "lines": [{"description": what, "quantity": count} for what, count in deal.lines],
            "attendees": list(deal.attendees),
        },
    )
    stage.ids[name(deal)] = id_of(contract)
    return contract


async def draft(stage: Stage, deal: Deal, contract: Any) -> None:
    edit = {
        "statutory_class": deal.statutory_class,
        "sub_class": deal.sub_class,
        "scope": "按双方确认的技术方案完成全部工作，并移交过程记录。",
        "acceptance_standard": "符合双方确认的技术方案，试运行 72 小时无异常。",
        "rights_clause": "为本项目编制的检测数据和报告归甲方所有。",
        "secrecy_clause": "双方对履行中知悉的技术和商业信息保密，期限三年。",
        "place": "甲方现场",
        "term_days": 90,
        "term_unit": "calendar_days",
        "milestones": [
            {
                "title": part.title,
                "deliverable": f"{part.title}记录",
                "acceptance_criteria": "符合验收标准",
                "price_minor": part.price * 100,
                "due_on": (stage.today + timedelta(days=30 * position)).isoformat(),
            }
            for position, part in enumerate(deal.parts, 1)
        ],
        "instalments": [
            {
                "amount_minor": part.price * 100,
                "trigger": part.paid_at,
                "due_days": 15,
                **({"milestone": position} if part.paid_at == "milestone" else {}),
            }
            for position, part in enumerate(deal.parts, 1)
            if part.price
        ],
    }
    if deal.exemption:
        edit["exemption_rule"] = deal.exemption
    cast = CASTS[deal.cast]
    await stage.person(cast.clerk).patch(
        f"draft contract {deal.code}",
        f"/v1/contracts/{contract['id']}",
        edit,
        contract["version"],
    )


async def review(stage: Stage, deal: Deal) -> None:
    cast = CASTS[deal.cast]
    path = f"/v1/contracts/{stage.ids[name(deal)]}"
    await stage.person(cast.clerk).put(f"submit contract {deal.code}", f"{path}/submission")
    reviewers = {"technical": cast.technical, "finance": cast.finance, "leader": cast.leader}
    for step, reviewer in reviewers.items():
        await stage.person(reviewer).put(
            f"{step} review {deal.code}", f"{path}/reviews/{step}", {"verdict": "pass"}
        )


async def sign(stage: Stage, deal: Deal) -> None:
    """Each party signs the hash of the text that it reads."""
    path = f"/v1/contracts/{stage.ids[name(deal)]}"
    for party, signer in (("provider", CASTS[deal.cast].leader), ("buyer", deal.buyer)):
        act = f"{party} signs {deal.code}"
        if act not in stage.journal.done:
            contract = await stage.person(signer).get(path)
            await stage.person(signer).put(
                act,
                f"{path}/signatures/{party}",
                {"text_sha256": contract["text_sha256"], "method": "platform"},
            )


async def work(stage: Stage, deal: Deal, position: int) -> None:
    cast = CASTS[deal.cast]
    contract = await stage.person(deal.buyer).get(f"/v1/contracts/{stage.ids[name(deal)]}")
    milestone = contract["milestones"][position - 1]
    path = f"/v1/milestones/{milestone['id']}"
    act = f"{deal.code} milestone {position}"
    await stage.person(cast.clerk).put(f"start {act}", f"{path}/start")
    evidence = await stage.person(cast.clerk).upload(
        f"evidence {act}", "/v1/files", (f"{act}.pdf", EVIDENCE, "application/pdf")
    )
    await stage.person(cast.clerk).post(
        f"deliver {act}",
        f"{path}/deliveries",
        {"note": f"{milestone['title']}已完成，附记录。", "files": [id_of(evidence)]},
    )
    await stage.person(deal.buyer).put(
        f"accept {act}",
        f"{path}/acceptance",
        {"inspector": "验收员甲", "standard": "合同约定", "result": "合格"},
    )
