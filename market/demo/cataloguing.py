"""The catalogue fills: rights with their owners' consent, twenty offerings drafted and reviewed."""

from __future__ import annotations

import hashlib
from typing import Any

from market.demo import city
from market.demo.stage import Stage, id_of


async def play(stage: Stage) -> None:
    units = {offering.code: offering.unit for offering in city.OFFERINGS}
    for right in city.RIGHTS:
        await register_right(stage, right, units[right.offering])
    for offering in city.OFFERINGS:
        await publish(stage, offering)
    listed = await stage.stranger().get("/v1/offerings", limit=100)
    stage.tell(
        f"权利 rights {len(city.RIGHTS)} · 已发布 published offerings {len(listed['items'])}"
    )


async def register_right(stage: Stage, right: city.Right, unit: str) -> None:
    """The unit owns it; its leader consents to the transfer."""
    secret = hashlib.sha256(right.title.encode()).hexdigest()
    made = await stage.person(city.DRAFTERS[unit]).post(
        f"register right {right.offering}",
        "/v1/rights",
        {
            "kind": right.kind,
            "title": right.title,
            "number": right.number,
            "description_hash": secret if right.number is None else None,
            "owners": [{"organisation_id": stage.ids[unit]}],
        },
    )
    stage.ids[f"right {right.offering}"] = id_of(made)
    owner = made["owners"][0]
    await stage.person(city.RIGHTS_LEADERS[unit]).put(
        f"consent {right.offering}", f"/v1/rights/{id_of(made)}/owners/{owner['id']}/consent"
    )


async def publish(stage: Stage, offering: city.Offering) -> None:
    drafter = stage.person(city.DRAFTERS[offering.unit])
    made = await drafter.post(f"draft {offering.code}", "/v1/offerings", terms(stage, offering))
    stage.ids[offering.code] = id_of(made)
    await drafter.put(f"submit {offering.code}", f"/v1/offerings/{id_of(made)}/submission")
    await stage.person(city.REVIEWERS[offering.unit]).put(
        f"review {offering.code}", f"/v1/offerings/{id_of(made)}/review", {"verdict": "pass"}
    )


def terms(stage: Stage, offering: city.Offering) -> dict[str, Any]:
    member = next(expert.number for expert in city.EXPERTS if expert.unit == offering.unit)
    transfer = offering.kind == "transfer"
    return {
        "code": offering.code,
        "kind": offering.kind,
        "title_zh": offering.title_zh,
        "title_en": offering.title_en,
        "summary": f"{offering.title_zh}。{offering.title_en}.",
        "description": "由技协会员现场完成，附过程记录和验收报告。Done on site by members.",
        "deliverables": ["过程记录 Work record", "验收报告 Acceptance report"],
        "price_model": offering.model,
        "price_minor": offering.price * 100,
        "free_or_paid": "paid" if offering.price else "free",
        "tax_class": "exemptible" if transfer else "taxable",
        "lead_time_days": 20,
        "member_ids": [stage.ids[member]],
        "technical_field": offering.field,
        "industry": offering.industry,
        "region": "510100",
        "right_id": stage.ids[f"right {offering.code}"] if transfer else None,
        **offering.extra,
    }
