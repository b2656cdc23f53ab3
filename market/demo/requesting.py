"""Enterprises ask for what they need: ten requests, some with questions, one taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from market.demo.stage import Stage, id_of


class Asked(NamedTuple):
    """A request; the budget is in yuan, tax included."""

    key: str
    buyer: str
    title: str
    kind: str
    budget: tuple[int, int]
    field: str
    industry: str
    secrecy: str = "public"
    quantity: tuple[int, str] = (1, "lot")
    invited: str | None = None


MAKING: Final = "advanced_manufacturing"
REQUESTS: Final = (
    Asked("轧辊", "e01.buyer", "轧辊表面剥落", "service", (40_000, 60_000), MAKING, "C31"),
    Asked(
        "空压站",
        "e01.buyer",
        "空压站年电费降15%",
        "consulting",
        (30_000, 50_000),
        "energy_saving",
        "C31",
    ),
    Asked("立车", "e02.buyer", "老旧立车数控化改造", "service", (150_000, 220_000), MAKING, "C34"),
    Asked(
        "焊缝", "e02.buyer", "焊缝一次合格率88→97 %", "consulting", (60_000, 90_000), MAKING, "C34"
    ),
    Asked(
        "氨氮",
        "e03.buyer",
        "废水氨氮超标应急",
        "service",
        (80_000, 120_000),
        "environment",
        "C30",
        "invited",
        invited="NH",
    ),
    Asked("包装线", "e10.buyer", "包装线OEE提升", "consulting", (35_000, 55_000), MAKING, "C20"),
    Asked(
        "五轴",
        "e04.buyer",
        "12名员工五轴培训",
        "training",
        (60_000, 60_000),
        MAKING,
        "C37",
        quantity=(12, "person"),
    ),
    Asked(
        "清堵",
        "e03.buyer",
        "收购窑尾清堵专利",
        "transfer",
        (150_000, 200_000),
        "energy_saving",
        "C30",
    ),
    Asked(
        "油色谱",
        "e01.buyer",
        "变压器油色谱异常分析",
        "service",
        (9_000, 15_000),
        "energy_saving",
        "C38",
    ),
    Asked(
        "粉尘",
        "e10.buyer",
        "粉尘防爆整改咨询",
        "consulting",
        (45_000, 70_000),
        "environment",
        "C20",
        "anonymous",
    ),
)


# Those whose deadline comes while the story is told: see ``bidding``.
SOON: Final = tuple(
    asked for asked in REQUESTS if asked.key in {"轧辊", "焊缝", "氨氮", "五轴", "清堵", "油色谱"}
)


async def play(stage: Stage) -> None:
    for asked in REQUESTS:
        if asked not in SOON:
            await publish(stage, asked)
    await question(stage, "粉尘", "nh.clerk", "e10.buyer", "除尘器有几台？", "共四台，干式。")
    await stage.person("e10.buyer").put(
        "cancel 包装线",
        f"/v1/enterprise-requests/{stage.ids['request 包装线']}/cancellation",
        {"reason": "产线搬迁，项目暂缓"},
    )
    listed = await stage.stranger().get("/v1/enterprise-requests", limit=100)
    stage.tell(f"企业需求 requests {len(REQUESTS)} · 长期征集 open for long {len(listed['items'])}")


async def publish(stage: Stage, asked: Asked, mark: str = "", deadline: str | None = None) -> None:
    """``mark`` tells one try from another of a request whose ``deadline`` is soon."""
    buyer = stage.person(asked.buyer)
    said = terms(stage, asked)
    if deadline is not None:
        said |= {"deadline": deadline, "questions_until": deadline}
    made = await buyer.post(f"request {asked.key}{mark}", "/v1/enterprise-requests", said)
    stage.ids[f"request {asked.key}"] = id_of(made)
    path = f"/v1/enterprise-requests/{id_of(made)}"
    if asked.invited is not None:
        await buyer.put(
            f"invite {asked.key}{mark}",
            f"{path}/invitees",
            {"unit_ids": [stage.ids[asked.invited]]},
        )
    await buyer.put(f"publish {asked.key}{mark}", f"{path}/publication")


async def question(
    stage: Stage, key: str, bidder: str, buyer: str, question: str, answer: str, mark: str = ""
) -> None:
    path = f"/v1/enterprise-requests/{stage.ids[f'request {key}']}/questions"
    put = await stage.person(bidder).post(f"ask {key}{mark}", path, {"question": question})
    await stage.person(buyer).put(
        f"answer {key}{mark}", f"{path}/{id_of(put)}/answer", {"answer": answer}
    )


def terms(stage: Stage, asked: Asked) -> dict[str, Any]:
    until = stage.today + timedelta(days=14)
    quantity, unit = asked.quantity
    return {
        "title": asked.title,
        "problem": f"{asked.title}。需要现场查看，提交方案、工期和报价。",
        "kind": asked.kind,
        "quantity": quantity,
        "quantity_unit": unit,
        "budget_from_minor": asked.budget[0] * 100,
        "budget_to_minor": asked.budget[1] * 100,
        "questions_until": f"{until - timedelta(days=4)}T10:00:00Z",
        "deadline": f"{until}T10:00:00Z",
        "secrecy": asked.secrecy,
        "technical_field": asked.field,
        "industry": asked.industry,
        "region": "510100",
        "price_weight": 40,
        "plan_weight": 30,
        "qualification_weight": 20,
        "time_weight": 10,
        "buyer_reference": f"CG-{asked.key}",
    }
