"""Erasing personal data 注销与删除个人信息 (PIPL art. 47).

Words: erase 注销, personal data 个人信息.
Invariants: events, contracts and postings hold ids only, so they stay whole; the person's row
keeps its id and nothing else; whoever is an organisation's last manager or administrator hands over
first.
"""
