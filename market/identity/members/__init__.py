"""Members 会员: a unit's register of 个人会员 and 团体会员, with their qualifications.

Words: member 会员, enrol 登记入会, leave 退会, qualification 技能等级或资格证书, level 等级 (policy
"skill_levels"), issuer 发证机关, trade 工种.
Invariants: the register is kept by the unit's own clerk; it finds nobody by his address; a person
is enrolled once in a unit; a
certificate stands once on a member's page; who left stays on record.
"""
