"""Who lives in 锦川市: units, enterprises, people, offerings and rights. All of it is invented."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

PASSWORD: Final = "锦川-demo-2026"  # noqa: S105  # printed with the logins at the end
DOMAIN: Final = "jinchuan.example"


class Unit(NamedTuple):
    """A unit of the association; without a USCC it is no legal person."""

    key: str
    name_zh: str
    name_en: str
    level: int
    parent: str | None
    uscc: str | None = None
    prefix: str | None = None


class Enterprise(NamedTuple):
    key: str
    name_zh: str
    name_en: str
    uscc: str


class Person(NamedTuple):
    """Somebody with a login: ``<key>@jinchuan.example``."""

    key: str
    name: str
    home: str
    roles: tuple[str, ...]

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


UNITS: Final = (
    Unit(
        "L0",
        "锦川市总工会",
        "Jinchuan Federation of Trade Unions",
        0,
        None,
        "81510100TEXT000171",
        "ZG",
    ),
    Unit(
        "JX",
        "锦川市职工技术协会",
        "Jinchuan Workers' Technical Association",
        1,
        "L0",
        "51510100TEXT00025Y",
        "JX",
    ),
    Unit(
        "DC",
        "东城区职工技协",
        "Dongcheng District Association",
        2,
        "JX",
        "51510104TEXT00033K",
        "DC",
    ),
    Unit(
        "LW", "龙湾区职工技协", "Longwan District Association", 2, "JX", "51510112TEXT000411", "LW"
    ),
    Unit("AX", "安溪市职工技协", "Anxi City Association", 2, "JX", "51510182TEXT0005X5", "AX"),
    Unit("JJ", "机械产业技协", "Machinery Industry Association", 2, "JX"),
    Unit("NH", "能源化工产业技协", "Energy and Chemicals Association", 2, "JX"),
    Unit("QF", "轻纺产业技协", "Light and Textile Industry Association", 2, "JX"),
    Unit("JJZG", "锦机重工技协", "Jinji Heavy Works Association", 3, "JJ"),
    Unit("CJHG", "川江化工技协", "Chuanjiang Chemicals Association", 3, "NH"),
    Unit("AXSN", "安溪水泥技协", "Anxi Cement Association", 3, "AX"),
    Unit("LWRD", "龙湾热电技协", "Longwan Power Association", 3, "LW"),
    Unit("DF", "东纺技协", "Dongfang Textile Association", 3, "QF"),
    Unit("JTGW", "锦铁工务段技协", "Jinchuan Railway Works Association", 3, "JJ"),
    Unit("RHJM", "蓉航精密技协", "Ronghang Precision Association", 3, "JJ"),
)

ENTERPRISES: Final = (
    Enterprise("E01", "锦川轧钢有限公司", "Jinchuan Rolling Co.", "91510100TEXT0101XB"),
    Enterprise("E02", "锦川精铸机床厂", "Jinchuan Machine Tools", "91510100TEXT01028B"),
    Enterprise("E03", "川南水泥有限公司", "Chuannan Cement Co.", "91510100TEXT010366"),
    Enterprise("E04", "锦川航电部件有限公司", "Jinchuan Avionics Parts", "91510100TEXT010441"),
    Enterprise("E05", "蓉东包装有限公司", "Rongdong Packaging", "91510100TEXT01052U"),
    Enterprise("E06", "锦川变压器厂", "Jinchuan Transformers", "91510100TEXT01060N"),
    Enterprise("E07", "龙湾热力有限公司", "Longwan Heat Co.", "91510100TEXT01079K"),
    Enterprise("E08", "安溪污水处理厂", "Anxi Effluent Works", "91510100TEXT01087E"),
    Enterprise("E09", "东城纺织有限公司", "Dongcheng Textiles", "91510100TEXT010959"),
    Enterprise("E10", "锦川木业小微厂", "Jinchuan Woodworks", "91510100TEXT01108Y"),
)

# They come with the installation, by `market create-administrator`.
ADMINISTRATORS: Final = (
    Person("admin.a", "管理员甲", "L0", ("administrator",)),
    Person("admin.b", "管理员乙", "L0", ("administrator",)),
)

# Every unit that trades has its clerk, reviewers and cashier; no two reviews fall to one person.
PEOPLE: Final = (
    Person("jx.clerk", "经办甲", "JX", ("clerk",)),
    Person("jx.tech", "审核甲", "JX", ("tech_reviewer",)),
    Person("jx.finance", "财务甲", "JX", ("finance",)),
    Person("jx.finance2", "财务乙", "JX", ("finance",)),
    Person("jx.cashier", "出纳甲", "JX", ("cashier",)),
    Person("jx.leader", "负责人甲", "JX", ("leader", "signatory")),
    Person("jx.auditor", "审计甲", "JX", ("auditor",)),
    Person("jj.clerk", "经办乙", "JJ", ("clerk",)),
    Person("jj.tech", "审核乙", "JJ", ("tech_reviewer",)),
    Person("expert.a", "专家甲", "JJ", ("member",)),
    Person("expert.b", "专家乙", "JJ", ("member",)),
    Person("expert.c", "专家丙", "JJ", ("member",)),
    Person("expert.d", "专家丁", "AX", ("member",)),
    Person("ax.clerk", "经办丙", "AX", ("clerk", "member")),
    Person("ax.tech", "审核丙", "AX", ("tech_reviewer",)),
    Person("ax.finance", "财务丙", "AX", ("finance",)),
    Person("ax.leader", "负责人丙", "AX", ("leader", "signatory")),
    Person("dc.clerk", "经办丁", "DC", ("clerk", "member")),
    Person("dc.tech", "审核丁", "DC", ("tech_reviewer",)),
    Person("lw.clerk", "经办戊", "LW", ("clerk", "member")),
    Person("lw.tech", "审核戊", "LW", ("tech_reviewer",)),
    Person("nh.clerk", "经办己", "NH", ("clerk", "member")),
    Person("nh.tech", "审核己", "NH", ("tech_reviewer",)),
    Person("qf.clerk", "经办庚", "QF", ("clerk", "member")),
    Person("qf.tech", "审核庚", "QF", ("tech_reviewer",)),
    Person("jj.leader", "负责人乙", "JJ", ("leader",)),
    Person("nh.leader", "负责人己", "NH", ("leader",)),
    Person("qf.leader", "负责人庚", "QF", ("leader",)),
)
# Of each enterprise: its first person registers it and is its manager, the second signs and pays.
MANAGERS: Final = {f"E{n:02}": f"e{n:02}.manager" for n in range(1, 11)}
BUYERS: Final = (
    Person("e01.buyer", "采购甲", "E01", ("buyer", "signatory", "payer")),
    Person("e02.buyer", "采购乙", "E02", ("buyer", "signatory", "payer")),
    Person("e04.buyer", "采购丁", "E04", ("buyer", "signatory", "payer")),
    Person("e03.buyer", "采购丙", "E03", ("buyer", "signatory", "payer")),
    Person("e10.buyer", "采购癸", "E10", ("buyer", "signatory", "payer")),
)


class Expert(NamedTuple):
    """A member on a unit's register; ``person`` names the login, if there is one."""

    number: str
    name: str
    unit: str
    trade: str
    level: str
    clerk: str
    person: str | None = None


EXPERTS: Final = (
    Expert("JJ-001", "专家甲", "JJ", "热喷涂", "chief_technician", "jj.clerk", "expert.a"),
    Expert("JJ-002", "专家乙", "JJ", "数控维修", "special_technician", "jj.clerk", "expert.b"),
    Expert("JJ-003", "专家丙", "JJ", "五轴编程", "senior_technician", "jj.clerk", "expert.c"),
    Expert("AX-001", "专家丁", "AX", "水泥工艺", "senior_technician", "ax.clerk", "expert.d"),
    Expert("DC-001", "专家戊", "DC", "电工", "technician", "dc.clerk"),
    Expert("LW-001", "专家己", "LW", "锅炉", "senior_technician", "lw.clerk"),
    Expert("NH-001", "专家庚", "NH", "化工分析", "senior_technician", "nh.clerk"),
    Expert("QF-001", "专家辛", "QF", "织机", "technician", "qf.clerk"),
    Expert("JX-001", "专家壬", "JX", "钳工", "senior_technician", "jx.clerk"),
)


class Offering(NamedTuple):
    """A row of the catalogue; ``price`` is in yuan, tax included."""

    code: str
    kind: str
    unit: str
    title_zh: str
    title_en: str
    price: int
    model: str = "fixed"
    field: str = "advanced_manufacturing"
    industry: str = "C34"
    extra: dict[str, Any] = {}  # noqa: RUF012


OFFERINGS: Final = (
    Offering(
        "ZX-01",
        "consulting",
        "DC",
        "中小企业电平衡测试与节电诊断",
        "Power-balance test and saving diagnosis",
        28_000,
        field="energy_saving",
        industry="D44",
    ),
    Offering(
        "ZX-02",
        "consulting",
        "LW",
        "锅炉热效率评估与改造论证",
        "Boiler efficiency appraisal",
        45_000,
        field="energy_saving",
        industry="D44",
    ),
    Offering(
        "ZX-03",
        "consulting",
        "JJ",
        "机加工车间布局与节拍优化",
        "Machining layout and takt advice",
        36_000,
    ),
    Offering(
        "ZX-04",
        "consulting",
        "NH",
        "危化品装置安全技术评价",
        "Hazardous unit safety appraisal",
        68_000,
        field="new_materials",
        industry="C26",
    ),
    Offering(
        "ZX-05",
        "consulting",
        "NH",
        "污水站提标改造方案论证",
        "Effluent upgrade feasibility",
        52_000,
        field="environment",
        industry="N77",
    ),
    Offering(
        "FW-01",
        "service",
        "JJ",
        "大型轴类零件在线修复(热喷涂)",
        "On-site shaft repair by thermal spray",
        86_000,
    ),
    Offering(
        "FW-02",
        "service",
        "JJ",
        "进口数控系统故障诊断与修复",
        "Imported CNC diagnosis and repair",
        12_500,
        "per_item",
    ),
    Offering(
        "FW-03",
        "service",
        "AX",
        "水泥磨减速机油膜改造",
        "Cement-mill gearbox oil film refit",
        138_000,
        field="advanced_manufacturing",
        industry="C30",
    ),
    Offering(
        "FW-04",
        "service",
        "AX",
        "窑头密封漏风治理",
        "Kiln hood seal leakage cure",
        74_500,
        field="advanced_manufacturing",
        industry="C30",
    ),
    Offering(
        "FW-05",
        "service",
        "QF",
        "织机电子送经调试指导",
        "Loom e-let-off commissioning",
        18_600,
        field="advanced_manufacturing",
        industry="C17",
    ),
    Offering(
        "FW-06",
        "service",
        "NH",
        "压力容器焊接工艺评定",
        "Vessel welding procedure qualification",
        23_000,
        "per_item",
        field="advanced_manufacturing",
        industry="C33",
    ),
    Offering(
        "FW-07",
        "service",
        "JJ",
        "PLC联锁程序重构",
        "PLC interlock rework",
        58_000,
        field="electronics",
        industry="C40",
    ),
    Offering(
        "PX-01",
        "training",
        "JJ",
        "客户指定人员五轴编程技术培训",
        "Five-axis programming for named staff",
        4_800,
        "per_person",
    ),
    Offering(
        "PX-02",
        "training",
        "LW",
        "振动监测与轴承诊断技术培训",
        "Vibration and bearing diagnosis",
        2_600,
        "per_person",
        field="energy_saving",
        industry="D44",
    ),
    Offering(
        "PX-03",
        "training",
        "LW",
        "余热发电机组运行调整技术培训",
        "Waste-heat unit operation",
        39_000,
        field="energy_saving",
        industry="D44",
    ),
    Offering(
        "ZR-01",
        "transfer",
        "AX",
        "一种窑尾烟室清堵装置(实用新型)",
        "Kiln smoke-chamber unblocker",
        180_000,
        field="advanced_manufacturing",
        industry="C30",
    ),
    Offering(
        "ZR-02",
        "transfer",
        "JJ",
        "夹具快换定位机构(发明专利许可,3年)",
        "Quick-change fixture, 3-year licence",
        60_000,
        "per_year",
        extra={"royalty_ppm": 20_000},
    ),
    Offering(
        "ZR-03",
        "transfer",
        "NH",
        "循环水无磷阻垢配方(技术秘密)",
        "Phosphate-free scale inhibitor know-how",
        260_000,
        field="new_materials",
        industry="C26",
    ),
    Offering(
        "ZR-04",
        "transfer",
        "QF",
        "织物张力自适应算法软件著作权许可",
        "Fabric tension software licence",
        95_000,
        field="advanced_manufacturing",
        industry="C17",
    ),
    Offering(
        "WC-01",
        "service",
        "JX",
        "小微企业技术帮困日",
        "Free technical aid day",
        0,
        field="urban_society",
        industry="M75",
    ),
)


# Who drafts and who reviews for a unit that offers.
DRAFTERS: Final = {
    "JX": "jx.clerk",
    "JJ": "expert.a",
    "AX": "ax.clerk",
    "DC": "dc.clerk",
    "LW": "lw.clerk",
    "NH": "nh.clerk",
    "QF": "qf.clerk",
}
REVIEWERS: Final = {
    "JX": "jx.tech",
    "JJ": "jj.tech",
    "AX": "ax.tech",
    "DC": "dc.tech",
    "LW": "lw.tech",
    "NH": "nh.tech",
    "QF": "qf.tech",
}
# Who consents for a right that belongs to the unit.
RIGHTS_LEADERS: Final = {"AX": "ax.leader", "JJ": "jj.leader", "NH": "nh.leader", "QF": "qf.leader"}


class Right(NamedTuple):
    """What a transfer offering transfers, and whose it is."""

    offering: str
    kind: str
    number: str | None
    title: str


RIGHTS: Final = (
    Right("ZR-01", "utility_model", "ZL202620100001", "一种窑尾烟室清堵装置"),
    Right("ZR-02", "invention_patent", "ZL202610200002", "夹具快换定位机构"),
    Right("ZR-03", "know_how", None, "循环水无磷阻垢配方"),
    Right("ZR-04", "software_copyright", "2026SR0100004", "织物张力自适应算法软件"),
)
