"""Units 技协组织: the association's tree by dates, mergers and splits, tax status.

Words: unit 技协组织, level 层级 (L0 市总工会 – L3 基层技协), parent 上级, merge 合并, split 分立,
legal person 法人, tax status 纳税人身份.
Invariants: a unit has at most one parent a day and never stands under itself; nothing that held on
a past day is rewritten, except that it ends.
"""
