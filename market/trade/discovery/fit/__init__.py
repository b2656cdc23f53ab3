"""Fit 匹配度: which requests fit a unit, which offerings fit a request, and why.

Words: *part* 分项, from 0 to 100, one of field 领域, words 文字, region 地区, level 等级, load 负荷
and price 价格 · *weight* 权重 · *score* 匹配度, the weighted mean, from 0 to 100.

Invariants: integers only; weights and grades are the policy ``fit``; every score explains itself in
the market's one shape. Equal scores go by the newer publication, then by id, so that the same rows
give the same order. Only what is shown to everybody is a candidate; how busy a unit is enters as
its part alone, never as a count.
"""
