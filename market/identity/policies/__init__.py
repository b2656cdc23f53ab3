"""Policies 规则: rules that laws or the association may change, as versions with dates.

Words: policy 规则, propose 提出, approve 批准, reject 否决, effective day 生效日期, source 依据.
Invariants: a version is never edited; one administrator proposes it, another person approves it; it
takes effect on a day to come and has the shape of the version that it follows; what it says is
within the bounds of ``bodies``, when it is proposed and when it is approved. Reading the version in
force is ``market.base.policies``.
"""
