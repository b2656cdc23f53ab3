"""Organisations 单位与企业: who takes part, as everybody sees it, and how it is reached.

Words: organisation 单位或企业, unit 技协组织, enterprise 企业, contact 联系方式,
USCC 统一社会信用代码 (unified social credit code, GB 32100).
Invariants: one verified organisation per USCC; a unit is a legal person exactly when
it has a number prefix; names and region are published, contact data stay inside the scope.
"""
