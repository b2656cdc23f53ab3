"""A file of made-up offerings for `market import-offerings`: the same seed, the same file.

Words are as common as in life: a few stand in every tenth offering, most in one of thousands, and
some in one of a hundred thousand.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from market.trade.catalogue.terms import TechnicalField

HEADER: Final = (
    *("code", "kind", "title_zh", "title_en", "summary", "description", "deliverables"),
    *("price_model", "price_minor", "free_or_paid", "lead_time_days", "members"),
    *("qualifications", "technical_field", "industry", "region"),
)
_THINGS: Final = """轴承 bearing, 减速机 gearbox, 电机 motor, 水泵 pump, 锅炉 boiler,
    压缩机 compressor, 变压器 transformer, 数控车床 lathe, 铣床 mill, 加工中心 machining-centre,
    动力电池组 battery-pack, 光伏组件 solar-panel, 窑尾烟室 kiln-chamber, 织机 loom, 轧辊 roll,
    压力容器 vessel, 污水站 effluent-plant, 空压站 compressor-station, 传感器 sensor,
    PLC程序 PLC-program, 机器人 robot, 焊缝 weld, 齿轮箱 gear-train, 液压站 hydraulic-unit,
    除尘器 dust-collector, 冷却塔 cooling-tower,
    皮带机 conveyor, 配电柜 switchgear, 热交换器 heat-exchanger, 燃气轮机 gas-turbine, 风机 fan"""
_DEEDS: Final = """修复 repair, 检测 testing, 诊断 diagnosis, 改造 refit, 优化 tuning,
    评估 appraisal, 校准 calibration, 安装 installation, 维护 upkeep, 节能改造 saving,
    调试 commissioning, 编程 programming, 焊接 welding, 热喷涂 spraying,
    清洗 cleaning, 咨询 advice"""
_MANNERS: Final = """在线 on-site, 快速 fast, 远程 remote, 精密 precise, 大型 large, 进口 imported,
    高温 hot, 老旧 old, 国产 domestic, 智能 smart, 低压 low-voltage, 防爆 explosion-proof"""
THINGS, DEEDS, MANNERS = (
    [each.strip() for each in several.split(",")] for several in (_THINGS, _DEEDS, _MANNERS)
)
# Half of all texts are about things that few others name.
SYLLABLES: Final = "川江锦龙湾安溪蓉航东纺铁工机械精能源化轻重石油电力钢铝铜镍钛硅碳氢氧氮氯磷硫钾"
RARE_ENGLISH: Final = ("lor", "vex", "tam", "quil", "dran", "phos", "mir", "zeb", "nok", "strel")
KINDS: Final = ("service", "service", "service", "consulting", "consulting", "training")
REGIONS: Final = tuple(f"5101{district:02d}" for district in range(1, 23))
INDUSTRIES: Final = tuple(f"{letter}{n}" for letter in "CDFGM" for n in range(13, 43))
FIELDS: Final = tuple(TechnicalField)


def write(file: Path, count: int, members: Sequence[str], *, seed: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(_lines(count, members, random.Random(seed)))


def _lines(count: int, members: Sequence[str], chance: random.Random) -> Iterator[list[str]]:
    for number in range(1, count + 1):
        thing, thing_en = _either(chance, THINGS)
        deed, deed_en = _either(chance, DEEDS)
        manner, manner_en = _either(chance, MANNERS)
        part, part_en = _rare(chance)
        amount = 0 if chance.random() < 0.01 else round(chance.lognormvariate(10.3, 1.1)) * 100
        quoted = amount and chance.random() < 0.05
        yield [
            f"FW-{number:07d}",
            chance.choice(KINDS),
            f"{manner}{part}{thing}{deed}",
            f"{manner_en.capitalize()} {deed_en} of {part_en} {thing_en}",
            f"针对{part}{thing}的{deed}，{chance.choice(SUMMARIES)}。",
            f"{chance.choice(STEPS)}{thing}{deed}。{chance.choice(STEPS)}适用于{part}企业。",
            f"{deed}报告 Report|{chance.choice(GOODS)}",
            "quote" if quoted else "fixed",
            "" if quoted else str(amount),
            "paid" if amount else "free",
            str(chance.randrange(1, 120)),
            chance.choice(members),
            chance.choice(("", "", "特种设备作业证", "CNAS 认可 ISO/IEC 17025")),
            _skewed(chance, FIELDS),
            _skewed(chance, INDUSTRIES),
            _skewed(chance, REGIONS),
        ]


SUMMARIES: Final = (
    "不停产完成，质保一年",
    "三日内到场，先诊断后报价",
    "由高级技师带队，附检验记录",
    "降低能耗百分之十以上",
    "符合国家标准 GB/T 19001",
)
STEPS: Final = (
    "现场测量、拆检、加工、复装、试车；",
    "收集运行数据并建立模型，提出改进方案；",
    "Measured on site, mended, tested, handed over with records. ",
    "按照安全规程停机挂牌后作业；",
)
GOODS: Final = ("检验记录 Records", "培训教材 Handbook", "改造图纸 Drawings", "备件清单 Spares")


def _either(chance: random.Random, words: Sequence[str]) -> tuple[str, str]:
    chinese, _, english = _skewed(chance, words).partition(" ")
    return chinese, english


def _skewed(chance: random.Random, values: Sequence[str]) -> str:
    """The first values far more often than the last."""
    return values[int(len(values) * chance.random() ** 2)]


def _rare(chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.5:
        return "", ""
    chinese = "".join(_skewed(chance, SYLLABLES) for _ in range(2))
    return chinese, "".join(_skewed(chance, RARE_ENGLISH) for _ in range(3))
