"""Signing authorities 签约权限: who may bind an organisation by his signature, up to what.

Words: legal representative 法定代表人, power of attorney 授权委托书, ceiling 限额, confirm 确认.
Invariants: an authority is recorded by one person and confirmed by another who does not hold it: an
enterprise's by a clerk of the association, a unit's by its own or its parent's leader or an
administrator; a power of attorney has a file and a last day.
"""
