"""The city's twenty offerings can all be said, published and found."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base.db import Connection
from market.trade.catalogue import cards
from tests.world import catalogue, identity

TRANSFER = {"kind": "transfer", "tax_class": "exemptible"}
CITY: dict[str, dict[str, Any]] = {
    "ZX-01": {"kind": "consulting", "title_zh": "中小企业电平衡测试与节电诊断",
              "title_en": "Power-balance test and saving diagnosis", "price_minor": 28_000_00,
              "technical_field": "energy_saving", "industry": "D44"},
    "ZX-02": {"kind": "consulting", "title_zh": "锅炉热效率评估与改造论证",
              "title_en": "Boiler efficiency appraisal", "price_minor": 45_000_00},
    "ZX-03": {"kind": "consulting", "title_zh": "机加工车间布局与节拍优化",
              "title_en": "Machining layout and takt advice", "price_minor": 36_000_00},
    "ZX-04": {"kind": "consulting", "title_zh": "危化品装置安全技术评价",
              "title_en": "Hazardous unit safety appraisal", "price_minor": 68_000_00,
              "industry": "C26"},
    "ZX-05": {"kind": "consulting", "title_zh": "污水站提标改造方案论证",
              "title_en": "Effluent upgrade feasibility", "price_minor": 52_000_00,
              "technical_field": "environment"},
    "FW-01": {"title_zh": "大型轴类零件在线修复(热喷涂)",
              "title_en": "On-site shaft repair by thermal spray", "price_minor": 86_000_00},
    "FW-02": {"title_zh": "进口数控系统故障诊断与修复",
              "title_en": "Imported CNC diagnosis and repair", "price_minor": 12_500_00,
              "price_model": "per_item"},
    "FW-03": {"title_zh": "水泥磨减速机油膜改造", "title_en": "Cement-mill gearbox oil film refit",
              "price_minor": 138_000_00, "industry": "C30"},
    "FW-04": {"title_zh": "窑头密封漏风治理", "title_en": "Kiln hood seal leakage cure",
              "price_minor": 74_500_00, "industry": "C30"},
    "FW-05": {"title_zh": "织机电子送经调试指导", "title_en": "Loom e-let-off commissioning",
              "price_minor": 18_600_00, "industry": "C17"},
    "FW-06": {"title_zh": "压力容器焊接工艺评定", "title_en": "Vessel welding procedure",
              "price_minor": 23_000_00, "price_model": "per_item"},
    "FW-07": {"title_zh": "PLC联锁程序重构", "title_en": "PLC interlock rework",
              "price_minor": 58_000_00},
    "PX-01": {"kind": "training", "title_zh": "客户指定人员五轴编程技术培训",
              "title_en": "Five-axis programming for named staff", "price_minor": 4_800_00,
              "price_model": "per_person"},
    "PX-02": {"kind": "training", "title_zh": "振动监测与轴承诊断技术培训",
              "title_en": "Vibration and bearing diagnosis", "price_minor": 2_600_00,
              "price_model": "per_person"},
    "PX-03": {"kind": "training", "title_zh": "余热发电机组运行调整技术培训",
              "title_en": "Waste-heat unit operation", "price_minor": 39_000_00},
    "ZR-01": {**TRANSFER, "title_zh": "一种窑尾烟室清堵装置(实用新型)",
              "title_en": "Kiln smoke-chamber unblocker", "price_minor": 180_000_00},
    "ZR-02": {**TRANSFER, "title_zh": "夹具快换定位机构(发明专利许可,3年)",
              "title_en": "Quick-change fixture, 3-year licence", "price_minor": 60_000_00,
              "price_model": "per_year", "royalty_ppm": 20_000},
    "ZR-03": {**TRANSFER, "title_zh": "循环水无磷阻垢配方(技术秘密)",
              "title_en": "Phosphate-free scale inhibitor know-how", "price_minor": 260_000_00,
              "capacity": "agent", "commission_ppm": 100_000},
    "ZR-04": {**TRANSFER, "title_zh": "织物张力自适应算法软件著作权许可",
              "title_en": "Fabric tension software licence", "price_minor": 95_000_00},
    "WC-01": {"title_zh": "小微企业技术帮困日", "title_en": "Free technical aid day",
              "price_minor": 0, "free_or_paid": "free"},
}  # fmt: skip
RIGHTS: dict[str, dict[str, Any]] = {
    "ZR-01": {"kind": "utility_model", "number": "ZL202420001234.5"},
    "ZR-02": {"kind": "invention_patent", "number": "ZL202310005678.9"},
    "ZR-03": {"kind": "know_how", "number": None, "description_hash": "c" * 64},
    "ZR-04": {"kind": "software_copyright", "number": "2024SR0123456"},
}


@pytest.mark.parametrize("code", CITY)
async def test_an_offering_of_the_city_is_published(conn: Connection, code: str) -> None:
    unit = await identity.unit(conn)
    said = {"code": code, **CITY[code]}
    if code in RIGHTS:
        is_agent = "commission_ppm" in said
        settled = catalogue.inventors_right if is_agent else catalogue.settled_right
        said["right_id"] = (await settled(conn, unit, **RIGHTS[code])).id
    offering = await catalogue.published_offering(conn, unit, **said)
    shown = msgspec.json.decode((await cards.find_detail(conn, offering.id)).body)
    assert {name: shown[name] for name in CITY[code]} == CITY[code]
    assert (shown["right_kind"] is not None) == (code in RIGHTS)


def test_there_are_twenty() -> None:
    assert len(CITY) == 20
