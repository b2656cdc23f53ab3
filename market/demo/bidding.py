"""Units bid for what is asked, sealed until a deadline that comes soon; what comes of it is told.

A deadline is a real one: the story goes on with its other chapters meanwhile. Where a broken run
comes back only after it, the request is taken back and asked anew.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from market.demo.city import MANAGERS, UNITS
from market.demo.client import Refused
from market.demo.requesting import SOON, Asked, publish, question
from market.demo.stage import Stage, city_time, id_of

SECONDS_TO_BID: Final = 20
TRIES: Final = 20
TOO_LATE: Final = frozenset({"deadline_not_ahead", "request_deadline_passed", "questions_over"})
BINDS_UNTIL_DAYS: Final = 60


class Bid(NamedTuple):
    """What a unit offers for a request, in yuan; ``worker`` stands on its register."""

    request: str
    clerk: str
    worker: str
    price: int
    plan: str
    days: int


BIDS: Final = (
    Bid("轧辊", "lw.clerk", "LW-001", 48_000, "先探伤查明剥落原因，再堆焊修复并磨削。", 30),
    Bid("轧辊", "qf.clerk", "QF-001", 42_000, "堆焊修复并磨削。", 25),
    Bid("轧辊", "jx.clerk", "JX-001", 55_000, "更换热处理工艺，修复并跟踪轧制一月。", 45),
    Bid("焊缝", "jj.clerk", "JJ-002", 78_000, "焊接工艺评定，改坡口，培训焊工。", 60),
    Bid("氨氮", "nh.clerk", "NH-001", 96_000, "投加菌剂，调整碳源，七日内达标。", 10),
    Bid("五轴", "jj.clerk", "JJ-003", 57_600, "理论两日，上机八日，考核一日。", 20),
    Bid("清堵", "ax.clerk", "AX-001", 180_000, "专利权转让，并指导一台窑的安装。", 30),
)
SEALED: Final = Bid("粉尘", "qf.clerk", "QF-001", 52_000, "粉尘爆炸风险评估与整改清单。", 20)
# What a request is called in a line of progress.
CALLED: Final = {
    "轧辊": "轧辊 roll",
    "焊缝": "焊缝 weld",
    "氨氮": "氨氮 ammonia",
    "五轴": "五轴 five-axis",
    "清堵": "清堵 unblocker",
    "油色谱": "油色谱 oil analysis",
}
KINDS: Final = {"service": "服务", "training": "培训", "transfer": "转让", "consulting": "咨询"}
TRAINEES: Final = tuple(f"学员{n:02}" for n in range(1, 13))


async def play(stage: Stage) -> None:
    for asked in SOON:
        await ask(stage, asked)
    await bid(stage, SEALED, "")
    stage.tell(
        f"短期征集 requests that close soon {len(SOON)} · 已递交密封报价 sealed proposals "
        f"{len(BIDS) + 1}"
    )


async def ask(stage: Stage, asked: Asked) -> None:
    """Published, asked about and bid for before its deadline, else again with a later one."""
    for attempt in range(1, TRIES + 1):
        mark = f" {attempt}" if attempt > 1 else ""
        if f"take back {asked.key}{mark}" in stage.journal.done:
            continue
        try:
            await ask_once(stage, asked, mark)
        except Refused as refused:
            if refused.code not in TOO_LATE:
                raise
            await stage.person(asked.buyer).put(
                f"take back {asked.key}{mark}",
                f"{path_of(stage, asked.key)}/cancellation",
                {"reason": "截止时间已过而报价未齐，另行征集"},
            )
        else:
            return
    raise TimeoutError(f"{asked.key}: no time was long enough to bid in")


async def ask_once(stage: Stage, asked: Asked, mark: str) -> None:
    await publish(stage, asked, mark, deadline_of(stage, asked.key, mark))
    if asked.key == "轧辊":
        await question(
            stage, "轧辊", "expert.a", "e01.buyer", "轧辊材质和硬度？", "9Cr2Mo，HS 85。", mark
        )
    for each in BIDS:
        if each.request == asked.key:
            await bid(stage, each, mark)


def deadline_of(stage: Stage, key: str, mark: str) -> str:
    """The instant, the same at every run, soon after the first run came here."""
    name = f"deadline {key}{mark}"
    if name not in stage.journal.done:
        instant = stage.now() + timedelta(seconds=SECONDS_TO_BID)
        stage.journal.add(name, instant.isoformat(timespec="seconds"))
    return str(stage.journal.done[name])


async def bid(stage: Stage, each: Bid, mark: str) -> None:
    clerk = stage.person(each.clerk)
    path = f"/v1/enterprise-requests/{stage.ids[f'request {each.request}']}"
    name = f"{each.request} by {each.clerk}{mark}"
    if f"submit {name}" not in stage.journal.done:
        request = await clerk.get(path)
        made = await clerk.post(f"bid {name}", f"{path}/proposals", offer(stage, each, request))
        await clerk.put(f"submit {name}", f"/v1/proposals/{id_of(made)}/submission")
    stage.ids[f"bid {each.request} {each.clerk}"] = id_of(stage.journal.done[f"bid {name}"])


def offer(stage: Stage, each: Bid, request: dict[str, Any]) -> dict[str, Any]:
    """Three tenths for the beginning, paid on signing; the rest when all is accepted."""
    price = each.price * 100
    first = price * 3 // 10

    def milestone(title: str, amount: int, days: int) -> dict[str, Any]:
        return {
            "title": title,
            "deliverable": f"{title}记录",
            "acceptance_criteria": "符合约定的验收标准",
            "price_minor": amount,
            "due_days": days,
            "due_unit": "working_days",
        }

    return {
        "request_number": request["number"],
        "price_minor": price,
        "plan": each.plan,
        "quantity": request["quantity"],
        "quantity_unit": request["quantity_unit"],
        "milestones": [
            milestone("现场准备", first, each.days // 2),
            milestone("完成并交付", price - first, each.days),
        ],
        "instalments": [
            {"amount_minor": first, "trigger": "signing", "due_days": 10},
            {"amount_minor": price - first, "trigger": "milestone", "milestone": 2, "due_days": 15},
        ],
        "member_ids": [stage.ids[each.worker]],
        "valid_until": f"{stage.today + timedelta(days=BINDS_UNTIL_DAYS)}",
    }


async def decide(stage: Stage) -> None:
    """What comes of it once the deadlines are over."""
    await wait_for(stage)
    await judged(stage)
    await direct(stage)
    await bargained(stage)
    for key, buyer in (("五轴", "e04.buyer"), ("清堵", "e03.buyer")):
        award = await single(stage, key, buyer)
        given: dict[str, Any] = {"attendees": list(TRAINEES)} if key == "五轴" else {}
        if key == "清堵":
            given = {"offering_id": stage.ids["ZR-01"]}
        await contract(stage, key, buyer, award, given)
    await stage.person("e01.buyer").put(
        "no award 油色谱", f"{path_of(stage, '油色谱')}/no-award", {"reason": "截止时没有收到报价"}
    )
    stage.tell(f"{CALLED['油色谱']}：无报价，宣布不授标 no proposal came, ended without an award")


async def wait_for(stage: Stage) -> None:
    """Until the last of the deadlines; usually it is long over."""
    ends = [
        datetime.fromisoformat(when)
        for name, when in stage.journal.done.items()
        if name.startswith("deadline ")
    ]
    left = (max(ends) - stage.now()).total_seconds()
    await asyncio.sleep(max(0.0, left + 1))


def path_of(stage: Stage, key: str) -> str:
    return f"/v1/enterprise-requests/{stage.ids[f'request {key}']}"


async def judge(stage: Stage, key: str, buyer: str, judges: dict[str, dict[str, str]]) -> None:
    """Each named, declared, and scoring; ``judges`` says how each is named."""
    chief = stage.person(buyer)
    await chief.put(f"evaluate {key}", f"{path_of(stage, key)}/evaluation")
    for who, named in judges.items():
        person = stage.person(who)
        made = await chief.post(f"judge {key} {who}", f"{path_of(stage, key)}/judges", named)
        path = f"/v1/judges/{id_of(made)}"
        await person.put(f"declare {key} {who}", f"{path}/declaration", {"conflict": False})
        for place, each in enumerate(each for each in BIDS if each.request == key):
            points = POINTS[place]
            await person.put(
                f"score {key} {who} {each.clerk}",
                f"{path}/scores/{stage.ids[f'bid {key} {each.clerk}']}",
                {**dict(zip(("plan", "qualification", "time"), points, strict=True)),
                 "note": "按方案、证书与工期评分"},
            )  # fmt: skip


ENGLISH: Final = {unit.name_zh: unit.name_en for unit in UNITS}
COMPLAINTS: Final = {"filed": "待答复 filed", "refused": "不成立 refused", "upheld": "成立 upheld"}
POINTS: Final = ((92, 90, 85), (60, 65, 90), (88, 85, 70))


async def own_id(stage: Stage, who: str) -> dict[str, str]:
    me = await stage.person(who).get("/v1/people/me")
    return {"person_id": str(me.get("person", me)["id"])}


async def judged(stage: Stage) -> None:
    """Three rivals, an expert of other books and a manager judging, one complaint refused."""
    manager = MANAGERS["E01"]
    judges = {
        "expert.d": {"member_id": stage.ids["AX-001"]},
        manager: await own_id(stage, manager),
    }
    await judge(stage, "轧辊", "e01.buyer", judges)
    best = stage.ids["bid 轧辊 lw.clerk"]
    await stage.person("e01.buyer").put("shortlist 轧辊", f"/v1/proposals/{best}/shortlisting")
    award = await stage.person("e01.buyer").post(
        "award 轧辊", f"{path_of(stage, '轧辊')}/awards", {"proposal_id": best}
    )
    complaint = await stage.person("qf.clerk").post(
        "complain 轧辊",
        f"/v1/awards/{id_of(award)}/complaints",
        {"grounds": "我方报价最低，请说明方案分的依据。"},
    )
    # Its only manager was a judge, so the association answers.
    await stage.person("admin.a").put(
        "answer complaint 轧辊",
        f"/v1/complaints/{id_of(complaint)}/answer",
        {"upheld": False, "answer": "方案未查明剥落原因，评委评分一致，理由已附。"},
    )
    now = await stage.person("e01.buyer").get(f"/v1/awards/{id_of(award)}")
    order = "、".join(
        f"{each['total_hundredths'] // 100}.{each['total_hundredths'] % 100:02}"
        for each in now["results"]
    )
    complaints = "、".join(COMPLAINTS[each["state"]] for each in now["complaints"])
    until = city_time(now["standstill_until"])
    stage.tell(
        f"{CALLED['轧辊']}：三家密封报价 three sealed proposals，评分 scores {order}；"
        f"中选 chosen {now['unit_name_zh']} {ENGLISH[now['unit_name_zh']]}；"
        f"异议 complaint {complaints}；公示至 standstill until {until}"
    )


async def direct(stage: Stage) -> None:
    """By invitation, above the limit: a second person of the buyer approves."""
    award = await stage.person("e03.buyer").post(
        "award 氨氮",
        f"{path_of(stage, '氨氮')}/direct-awards",
        {"proposal_id": stage.ids["bid 氨氮 nh.clerk"], "reason": "超标须立即处置，该单位熟悉现场"},
    )
    await stage.person(MANAGERS["E03"]).put(
        "approve award 氨氮", f"/v1/awards/{id_of(award)}/approval"
    )
    await contract(stage, "氨氮", "e03.buyer", award, {})


async def bargained(stage: Stage) -> None:
    """The buyer asks for less, the unit agrees, and that binds."""
    answer_by = datetime.fromisoformat(f"{stage.today + timedelta(days=5)}T10:00:00+00:00")
    price = 72_000_00
    made = await stage.person("e02.buyer").post(
        "counter 焊缝",
        f"/v1/proposals/{stage.ids['bid 焊缝 jj.clerk']}/counter-offers",
        {
            "answer_by": answer_by.isoformat(),
            "note": "预算内请让利。",
            "price_minor": price,
            "milestones": [
                {
                    "title": "完成并交付",
                    "deliverable": "工艺评定报告",
                    "acceptance_criteria": "一次合格率97 %",
                    "price_minor": price,
                    "due_days": 60,
                }
            ],
            "instalments": [{"amount_minor": price, "trigger": "milestone", "milestone": 1}],
        },
    )
    await stage.person("jj.clerk").put(
        "accept counter 焊缝", f"/v1/counter-offers/{id_of(made)}/acceptance"
    )
    stage.tell(
        f"{CALLED['焊缝']}：还价一次，双方同意 one counter-offer agreed 78,000.00 → 72,000.00"
    )


async def single(stage: Stage, key: str, buyer: str) -> dict[str, Any]:
    """One proposal, two judges of the enterprise; without a rival a second person approves."""
    manager = MANAGERS[stage.homes[buyer]]
    judges = {who: await own_id(stage, who) for who in (buyer, manager)}
    await judge(stage, key, buyer, judges)
    bids = [each for each in BIDS if each.request == key]
    award: dict[str, Any] = await stage.person(buyer).post(
        f"award {key}",
        f"{path_of(stage, key)}/awards",
        {"proposal_id": stage.ids[f"bid {key} {bids[0].clerk}"]},
    )
    if award["state"] == "proposed":
        award = await stage.person(manager).put(
            f"approve award {key}", f"/v1/awards/{id_of(award)}/approval"
        )
    return award


async def contract(
    stage: Stage, key: str, buyer: str, award: dict[str, Any], given: dict[str, Any]
) -> None:
    made = await stage.person(buyer).post(
        f"contract {key}", f"/v1/awards/{id_of(award)}/contract", given
    )
    total = made["total_minor"]
    stage.tell(
        f"{CALLED[key]}：定标生效，起草合同 awarded, its contract is drafted "
        f"{total // 100:,}.{total % 100:02} · {KINDS[made['kind']]} {made['kind']}"
    )
